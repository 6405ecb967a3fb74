import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";

interface MoreQuery {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  error: unknown;
  fetchNextPage: () => unknown;
}

interface MoreButtonProps {
  query: MoreQuery;
  label?: string;
}

/** Reads a list's next page; nothing once all of it is there. */
export function MoreButton({ query, label = "Show more" }: MoreButtonProps) {
  if (!query.hasNextPage) return null;
  const more = () => void query.fetchNextPage();
  if (query.isFetchNextPageError) return <ProblemAlert error={query.error} onRetry={more} />;
  return (
    <div className="flex justify-center py-2">
      <Button size="sm" busy={query.isFetchingNextPage} onClick={more}>
        {label}
      </Button>
    </div>
  );
}
