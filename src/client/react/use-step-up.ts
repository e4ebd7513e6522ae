import { useCallback, useState, useSyncExternalStore } from "react";
import type { StepUpOutcome, StepUpProof } from "../session/step-up";
import type { StepUpRequired } from "../session/waiting-calls";
import { useCountersignContext } from "./context";

export interface StepUp {
  /** What calls wait for; undefined when none waits, and nothing is to be asked. */
  readonly required: StepUpRequired | undefined;
  /** Never rejects; see `Auth.stepUp`. When it is `done`, the waiting calls go on by themselves. */
  readonly stepUp: (proof: StepUpProof) => Promise<StepUpOutcome>;
  /** The user does not want to: the waiting calls fail with `step_up_required`. */
  readonly cancel: () => void;
  readonly isPending: boolean;
  /** Of a try that did not succeed, until the next. */
  readonly outcome: StepUpOutcome | undefined;
}

const nothing = () => {};

/**
 * Asks once for all calls that need the user to be authenticated better, or again. While a component with this hook is there,
 * such calls wait, queries and mutations alike: one dialog is enough for a whole page.
 *
 * @example
 * import { useStepUp } from "countersign/react";
 * import type { FormEvent } from "react";
 *
 * export function StepUpDialog() {
 *   const { required, stepUp, cancel, isPending, outcome } = useStepUp();
 *   if (!required) return null;
 *   const send = (event: FormEvent<HTMLFormElement>) => {
 *     event.preventDefault();
 *     void stepUp({ password: String(new FormData(event.currentTarget).get("password")) });
 *   };
 *   return (
 *     <form onSubmit={send}>
 *       <input name="password" type="password" autoComplete="current-password" />
 *       {outcome?.status === "invalid_credentials" && <p>The password is incorrect.</p>}
 *       <button disabled={isPending}>Continue</button>
 *       <button type="button" onClick={cancel}>
 *         Cancel
 *       </button>
 *     </form>
 *   );
 * }
 */
export function useStepUp(): StepUp {
  const { client } = useCountersignContext();
  const [isPending, setPending] = useState(false);
  const [outcome, setOutcome] = useState<StepUpOutcome>();
  const subscribe = useCallback(
    (listener: () => void) => client?.auth.onStepUpRequired(listener) ?? nothing,
    [client],
  );
  const required = useSyncExternalStore(
    subscribe,
    () => client?.auth.stepUpRequired,
    () => undefined,
  );
  const stepUp = useCallback(
    async (proof: StepUpProof): Promise<StepUpOutcome> => {
      setPending(true);
      const result: StepUpOutcome = client
        ? await client.auth.stepUp(proof)
        : { status: "unavailable", cause: "device_key" };
      setPending(false);
      setOutcome(result.status === "done" ? undefined : result);
      return result;
    },
    [client],
  );
  const cancel = useCallback(() => {
    setOutcome(undefined);
    client?.auth.cancelStepUp();
  }, [client]);
  return { required, stepUp, cancel, isPending, outcome };
}
