import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { bodyOf } from "@/api/client";
import { isStatus } from "@/api/problem";
import { ProblemAlert } from "@/components/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useDeps } from "@/deps";

interface Credentials {
  email: string;
  password: string;
}

/** Asks for e-mail and password; the session itself is a cookie that scripts cannot read. */
export function SignInForm({ onSignedIn }: { onSignedIn: () => Promise<void> }) {
  const { api } = useDeps();
  const form = useForm<Credentials>({ defaultValues: { email: "", password: "" } });
  const { errors } = form.formState;
  const signIn = useMutation({
    mutationFn: (body: Credentials) => bodyOf(api.POST("/v1/auth/sign-in", { body })),
    onSuccess: onSignedIn,
    onError: () => form.resetField("password"),
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={form.handleSubmit((credentials) => signIn.mutate(credentials))}
    >
      {signIn.isError && <SignInProblem error={signIn.error} />}
      <Field label="E-mail" error={errors.email?.message}>
        <Input
          type="email"
          autoComplete="username"
          autoFocus
          {...form.register("email", {
            required: "Enter your e-mail address.",
            pattern: { value: /^\S+@\S+$/, message: "That is not an e-mail address." },
          })}
        />
      </Field>
      <Field label="Password" error={errors.password?.message}>
        <Input
          type="password"
          autoComplete="current-password"
          {...form.register("password", { required: "Enter your password." })}
        />
      </Field>
      <Button type="submit" variant="primary" size="lg" busy={signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}

function SignInProblem({ error }: { error: unknown }) {
  if (!isStatus(error, 401)) return <ProblemAlert error={error} />;
  return (
    <Alert tone="danger" live>
      E-mail and password do not match an account.
    </Alert>
  );
}
