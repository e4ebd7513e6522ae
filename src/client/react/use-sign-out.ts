import { useCallback, useState } from "react";
import type { SignOutOutcome } from "../session/auth";
import { useCountersignContext } from "./context";

export interface SignOut {
  /** Never rejects; see `Auth.signOut`. */
  readonly signOut: () => Promise<SignOutOutcome>;
  readonly isPending: boolean;
}

/**
 * Ends the session, here, in the other tabs and on the service.
 *
 * @example
 * import { useSignOut } from "countersign/react";
 *
 * export function SignOutButton() {
 *   const { signOut, isPending } = useSignOut();
 *   return (
 *     <button disabled={isPending} onClick={signOut}>
 *       Sign out
 *     </button>
 *   );
 * }
 */
export function useSignOut(): SignOut {
  const { client } = useCountersignContext();
  const [isPending, setPending] = useState(false);
  const signOut = useCallback(async (): Promise<SignOutOutcome> => {
    if (!client) return { status: "signed_out_here_only", cause: "device_key" };
    setPending(true);
    const outcome = await client.auth.signOut();
    setPending(false);
    return outcome;
  }, [client]);
  return { signOut, isPending };
}
