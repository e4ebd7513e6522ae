"use client";

import { trpc } from "../../../client/react/trpc";
import { useAfter } from "../../components/use-after";
import { noAnswerKey } from "../../lib/no-answer";
import { refusalOf, waitOrUnavailable } from "../../lib/refusal-of";
import type { Report } from "./report";

export interface HomeDataState {
  readonly status: "loading" | "loaded" | "failed";
  /** What there is to say of it: that it takes long, or why it failed. */
  readonly report: Report | null;
  readonly retry: () => void;
}

/** Whether all that home shows has come; if it has not, why. */
export function useHomeData(): HomeDataState {
  const queries = [
    trpc.auth.me.useQuery(),
    trpc.sessions.list.useQuery(),
    trpc.sessions.notices.useQuery(),
    trpc.passkeys.list.useQuery(),
    trpc.security.overview.useQuery(),
  ];
  const isWaiting = queries.some(({ isPending }) => isPending);
  const isSlow = useAfter(isWaiting);
  // Also one that will be tried again by itself, once it takes long.
  const failure = queries.find(({ failureReason }) => failureReason !== null)?.failureReason;
  const isLacking = queries.some(({ data }) => data === undefined);
  const status = isWaiting ? "loading" : isLacking ? "failed" : "loaded";
  const isTold = failure !== undefined && (isSlow || !isWaiting);
  return {
    status,
    report: isTold ? reportOf(failure) : isSlow ? slow : null,
    retry: () => {
      for (const query of queries) if (query.data === undefined) void query.refetch();
    },
  };
}

const slow: Report = { tone: "calm", words: (said) => said("connection.slow") };

function reportOf(failure: unknown): Report | null {
  const refusal = refusalOf(failure);
  const outcome = waitOrUnavailable(refusal);
  if (outcome.status === "wait") {
    const n = Math.ceil(outcome.seconds / 60);
    return { tone: "error", words: (said) => said("connection.wait", { n }) };
  }
  // A refusal ends the session, and the page with it.
  const isAnswered = refusal.reason !== undefined && refusal.reason !== "temporarily_unavailable";
  if (isAnswered) return null;
  return { tone: "error", words: (said) => said(noAnswerKey(outcome.cause, navigator.onLine)) };
}
