import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useEffect } from "react";
import { isStatus } from "@/api/problem";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Loading, Skeleton } from "@/components/ui/skeleton";

/** What stands in a page's place when its loader or its rendering fails. */
export function PageError({ error }: ErrorComponentProps) {
  const router = useRouter();
  const { reset } = useQueryErrorResetBoundary();
  useEffect(reset, [reset]);
  if (isStatus(error, 404)) return <PageMissing />;
  return (
    <div className="mx-auto w-full max-w-3xl px-4 py-10 sm:px-8">
      <h1 className="sr-only">This page could not be loaded</h1>
      <ProblemAlert error={error} onRetry={() => router.invalidate()} />
    </div>
  );
}

export function PageMissing() {
  const home = (
    <Button asChild variant="primary">
      <Link to="/">Go home</Link>
    </Button>
  );
  return (
    <div className="grid flex-1 place-items-center">
      <Empty icon={Compass} heading="h1" title="Nothing is here" action={home}>
        The address is wrong, or what it led to has been deleted.
      </Empty>
    </div>
  );
}

/** A page on its way: the outline of a heading and some rows. */
export function PagePending() {
  return (
    <Loading label="Loading">
      <div className="mx-auto flex w-full max-w-6xl flex-col gap-6 px-4 py-6 sm:px-8 sm:py-10">
        <Skeleton className="h-8 w-48" />
        <div className="flex flex-col gap-3">
          {["a", "b", "c", "d"].map((row) => (
            <Skeleton key={row} className="h-20 rounded-card" />
          ))}
        </div>
      </div>
    </Loading>
  );
}
