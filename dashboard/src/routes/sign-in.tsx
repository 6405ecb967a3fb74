import { createFileRoute, useRouter } from "@tanstack/react-router";
import { Mark } from "@/components/layout/logo";
import { useDeps } from "@/deps";
import { SignInForm } from "@/features/session/sign-in-form";
import { safePath } from "@/lib/safe-path";

interface SignInSearch {
  /** Where to go afterwards: a path of this origin. */
  next?: string;
}

export const Route = createFileRoute("/sign-in")({
  validateSearch: (search): SignInSearch => ({ next: safePath(search.next) }),
  head: () => ({ meta: [{ title: "Sign in · Parley" }] }),
  component: SignIn,
});

function SignIn() {
  const { queries } = useDeps();
  const { next } = Route.useSearch();
  const router = useRouter();
  const enter = async () => {
    queries.clear();
    if (next) router.history.push(next);
    else await router.navigate({ to: "/" });
  };
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-12">
      <div className="flex w-full max-w-sm flex-col gap-8">
        <header className="flex flex-col items-center gap-4 text-center">
          <Mark className="size-11" />
          <div className="flex flex-col gap-1">
            <h1 className="text-2xl font-semibold tracking-tight">Sign in to Parley</h1>
            <p className="text-muted">Assistants that never lose an answer.</p>
          </div>
        </header>
        <div className="rounded-card border bg-surface p-6 shadow-lift">
          <SignInForm onSignedIn={enter} />
        </div>
        <p className="text-center text-[0.8125rem] text-faint text-pretty">
          Accounts are made by whoever runs this Parley, with{" "}
          <code className="font-mono">parley tenant create</code>.
        </p>
      </div>
    </main>
  );
}
