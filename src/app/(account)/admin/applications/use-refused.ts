"use client";

import { refusalOf } from "../../../lib/refusal-of";
import type { Report } from "../../home/report";
import { useStepUp } from "../../step-up/use-step-up";
import type { WrongField } from "./kind-fields";

const fields: readonly string[] = ["id", "name", "audience", "scopes", "origins"] satisfies WrongField[];

/** What a refused act leads to: a step-up and the call once more, the field that does not fit, or a sentence. */
export function useRefused(
  onReport: (report: Report) => void,
  onWrong: (field: WrongField) => void = () => undefined,
) {
  const ask = useStepUp();
  return (error: unknown, again: () => void): void => {
    if (ask(error, again)) return;
    const { reason, members } = refusalOf(error);
    const field = String(members.field ?? "");
    if (reason === "invalid_request" && fields.includes(field)) onWrong(field as WrongField);
    const key =
      reason === "invalid_request"
        ? "admin.applications.unfit"
        : reason === "not_found"
          ? "admin.applications.gone"
          : reason === "forbidden"
            ? "admin.applications.forbidden"
            : "admin.acts.failed";
    onReport({ tone: "error", words: (said) => said(key) });
  };
}
