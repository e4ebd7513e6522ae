import { useCallback, useRef, useState } from "react";
import type { SecondFactorAnswer, SecondFactorOutcome, SecondFactorRequired } from "../session/second-factor";
import type { PasswordSignIn, SignInOutcome } from "../session/sign-in";
import { useCountersignContext } from "./context";

export interface SignIn {
  /** Never rejects; see `Auth.signInWithPassword`. Afterwards `useSession` knows of the session. */
  readonly signIn: (input: PasswordSignIn) => Promise<SignInOutcome>;
  /**
   * Completes a sign-in whose outcome is `second_factor_required`; see `SecondFactorRequired.answer`. Never rejects. Afterwards
   * `outcome` is that of the completed sign-in; after an answer that was not right it stays as it was.
   */
  readonly answer: (answer: SecondFactorAnswer) => Promise<SecondFactorOutcome>;
  readonly isPending: boolean;
  /** Of the latest try. */
  readonly outcome: SignInOutcome | undefined;
}

/**
 * Sign-in with a password, for a form; and with a second factor, where the account has one.
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
  const asked = useRef<SecondFactorRequired>(undefined);
  const signIn = useCallback(
    async (input: PasswordSignIn) => {
      setPending(true);
      const result: SignInOutcome = client
        ? await client.auth.signInWithPassword(input)
        : { status: "unavailable", cause: "device_key" };
      setPending(false);
      asked.current = result.status === "second_factor_required" ? result : undefined;
      setOutcome(result);
      return result;
    },
    [client],
  );
  const answer = useCallback(async (given: SecondFactorAnswer): Promise<SecondFactorOutcome> => {
    setPending(true);
    const result = (await asked.current?.answer(given)) ?? ({ status: "expired" } as const);
    setPending(false);
    if (result.status === "signed_in") setOutcome(result);
    return result;
  }, []);
  return { signIn, answer, isPending, outcome };
}
