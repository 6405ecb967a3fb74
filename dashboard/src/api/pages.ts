import { infiniteQueryOptions, type QueryKey } from "@tanstack/react-query";

/** One page of any of the API's lists. */
interface Page<Item> {
  items: readonly Item[];
  nextCursor?: string;
}

type ReadPage<Item> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;

/** The query of a list that is read page by page. */
export function pagesQuery<Item>(queryKey: QueryKey, read: ReadPage<Item>) {
  const first: string | undefined = undefined;
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) =>
      read(pageParam, signal),
    initialPageParam: first as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** All items read so far. */
export function itemsOf<Item>(data: { pages: readonly Page<Item>[] } | undefined): Item[] {
  return data?.pages.flatMap((page) => page.items) ?? [];
}
