"use client";

import { useState } from "react";
import { trpc } from "../../../client/react/trpc";
import { refusalOf } from "../../lib/refusal-of";
import { useStepUp } from "../step-up/use-step-up";

/**
 * Puts notices away, for the whole account: the service and every device of this account learn of it. Here a notice
 * goes at once, and comes back when the service would not have it.
 */
export function useAcknowledge(onFailed: () => void): {
  isAcknowledged: (id: string) => boolean;
  acknowledge: (id: string) => void;
} {
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const [ids, setIds] = useState<readonly string[]>([]);
  const call = trpc.sessions.acknowledge.useMutation({
    onMutate: ({ id }) => setIds((before) => [...before, id]),
    onSuccess: () => utils.sessions.notices.invalidate(),
    onError: (error, { id }) => {
      // It is no news any more: its session has ended, or another device was first.
      if (refusalOf(error).reason === "not_found") return void utils.sessions.notices.invalidate();
      setIds((before) => before.filter((other) => other !== id));
      if (!askForPassword(error, () => call.mutate({ id }))) onFailed();
    },
  });
  return { isAcknowledged: (id) => ids.includes(id), acknowledge: (id) => call.mutate({ id }) };
}
