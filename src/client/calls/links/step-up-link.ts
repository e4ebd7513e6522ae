import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { WaitingCalls } from "../../session/waiting-calls";
import { isRecord } from "../refusal";
import { reasonOf } from "./client-error";
import { repeatable } from "./repeatable";

/** A user who goes on proving too little is not asked without an end. */
const MAX_ROUNDS = 3;

/**
 * When a call is refused because its user has to be authenticated better, or again: it waits until that is so, and is made
 * once more. Where nobody asks the user, it is refused as any other.
 */
export function stepUpLink<TRouter extends AnyTRPCRouter>(waiting: WaitingCalls): TRPCLink<TRouter> {
  return () => (call) => {
    let rounds = 0;
    return repeatable(call, {
      async mend(error, signal) {
        if (reasonOf(error) !== "step_up_required" || rounds >= MAX_ROUNDS) return error;
        rounds += 1;
        const members: unknown = error.data;
        return (await waiting.wait(isRecord(members) ? members : {}, signal)) ? undefined : error;
      },
    });
  };
}
