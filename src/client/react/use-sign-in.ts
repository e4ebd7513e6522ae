import { useCallback, useState } from "react";
import type { PasswordSignIn, SignInOutcome } from "../session/sign-in";
import { useCountersignContext } from "./context";

export interface SignIn {
  /** Never rejects; see `Auth.signInWithPassword`. Afterwards `useSession` knows of the session. */
  readonly signIn: (input: PasswordSignIn) => Promise<SignInOutcome>;
  readonly isPending: boolean;
  /** Of the latest try. */
  readonly outcome: SignInOutcome | undefined;
}

/**
 * Sign-in with a password, for a form.
 *
 * @example
 * import { useSignIn } from "countersign/react";
 *
 * export function SignInButton(account: { username: string; password: string }) {
 *   const { signIn, isPending } = useSignIn();
 *   return (
 *     <button disabled={isPending} onClick={() => signIn(account)}>
 *       Sign in
 *     </button>
 *   );
 * }
 */
export function useSignIn(): SignIn {
  const { client } = useCountersignContext();
  const [isPending, setPending] = useState(false);
  const [outcome, setOutcome] = useState<SignInOutcome>();
  const signIn = useCallback(
    async (input: PasswordSignIn) => {
      setPending(true);
      const result: SignInOutcome = client
        ? await client.auth.signInWithPassword(input)
        : { status: "unavailable", cause: "device_key" };
      setPending(false);
      setOutcome(result);
      return result;
    },
    [client],
  );
  return { signIn, isPending, outcome };
}
