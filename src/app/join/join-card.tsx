"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useCallback, useEffect, useState } from "react";
import type { SecondFactorRequired } from "../../client/session/second-factor";
import type { InvitationOutcome, SignUpOutcome } from "../../client/session/sign-up";
import { ButtonLink } from "../components/button";
import { FocusedTitle } from "../components/focused-title";
import { LinkChecking, LinkUnchecked } from "../components/link-check";
import { PageTitle } from "../components/page-title";
import { loadAuth } from "../lib/lazy-auth";
import { useLinkSecret } from "../lib/link-secret";
import type { NoAnswer } from "../lib/no-answer";
import { type Wait, waitFor } from "../lib/wait";
import type { NewAccount } from "../new-account/new-account-form";
import { SecondStep } from "../sign-in/second-step/second-step";
import { JoinForm } from "./join-form";

type OpenInvitation = Extract<InvitationOutcome, { status: "open" }>;
type View =
  | { readonly status: "checking" | "missing" | "dead" | "done" | "created" }
  | { readonly status: "fault"; readonly fault: Wait | NoAnswer }
  | { readonly status: "form"; readonly invitation: OpenInvitation; readonly outcome: SignUpOutcome | null }
  | { readonly status: "second_step"; readonly asked: SecondFactorRequired };

interface JoinCardProps {
  minLength: number;
  /** Where people sign in on the computer. */
  host: string;
}

/** An invitation's page: makes the account and signs it in, or says why this link cannot. */
export function JoinCard({ minLength, host }: JoinCardProps) {
  const t = useTranslations("join");
  const code = useLinkSecret();
  const [view, setView] = useState<View>({ status: "checking" });
  const [isBusy, setIsBusy] = useState(false);
  const look = useCallback(async () => {
    if (code === undefined) return;
    if (code === null) return setView({ status: "missing" });
    setView({ status: "checking" });
    setView(viewOf(await readInvitation(code)));
  }, [code]);
  useEffect(() => void look(), [look]);

  async function submit(invitation: OpenInvitation, newcomer: NewAccount) {
    if (!code) return;
    setIsBusy(true);
    const outcome = await signUp(code, newcomer);
    setIsBusy(false);
    setView(viewAfter(outcome, invitation));
  }

  switch (view.status) {
    case "checking":
      return <LinkChecking title={t("title")} text={t("checking")} />;
    case "fault":
      return <LinkUnchecked title={t("title")} fault={view.fault} onRetry={() => void look()} />;
    case "form": {
      const { invitation, outcome } = view;
      return (
        <>
          <Lead invitation={invitation} />
          <JoinForm
            minLength={minLength}
            isBusy={isBusy}
            outcome={outcome}
            onSubmit={(newcomer) => void submit(invitation, newcomer)}
          />
        </>
      );
    }
    case "second_step":
      return (
        <SecondStep
          asked={view.asked}
          onSignedIn={() => setView({ status: "done" })}
          onPending={() => setView({ status: "created" })}
          onOver={() => setView({ status: "created" })}
        />
      );
    default:
      return <End key={view.status} kind={view.status} host={host} />;
  }
}

async function readInvitation(code: string): Promise<InvitationOutcome> {
  try {
    return await (await loadAuth()).readInvitation(code);
  } catch {
    return { status: "unavailable", cause: "script" };
  }
}

async function signUp(invitation: string, newcomer: NewAccount): Promise<SignUpOutcome> {
  try {
    return await (await loadAuth()).signUp({ ...newcomer, invitation, captcha: "solve" });
  } catch {
    return { status: "unavailable", cause: "script" };
  }
}

function viewOf(outcome: InvitationOutcome): View {
  switch (outcome.status) {
    case "open":
      return { status: "form", invitation: outcome, outcome: null };
    case "invalid_invitation":
      return { status: "dead" };
    case "too_many_attempts":
      return { status: "fault", fault: waitFor(outcome.retryAfterInSeconds) };
    case "unavailable":
      return { status: "fault", fault: outcome };
    default:
      return { status: "fault", fault: { status: "unavailable" } };
  }
}

function viewAfter(outcome: SignUpOutcome, invitation: OpenInvitation): View {
  switch (outcome.status) {
    case "signed_in":
      return { status: "done" };
    case "invalid_invitation":
      return { status: "dead" };
    case "second_factor_required":
      return { status: "second_step", asked: outcome };
    case "deletion_pending":
      return { status: "created" };
    default:
      return { status: "form", invitation, outcome };
  }
}

/** Who invites, to what, until when. */
function Lead({ invitation: { invitedBy, roles, expiresAt } }: { invitation: OpenInvitation }) {
  const t = useTranslations();
  const format = useFormatter();
  const names = roles.map((role) => t(`roles.${role}`));
  const until = format.dateTime(expiresAt, { dateStyle: "medium", timeStyle: "short" });
  const who = invitedBy === null ? t("join.invitedByOperator") : t("join.invitedBy", { name: invitedBy });
  return (
    <PageTitle title={t("join.title")}>
      {`${who} ${t("join.facts", { roles: format.list(names), until })}`}
    </PageTitle>
  );
}

const endTexts = {
  missing: ["missingTitle", "missing"],
  dead: ["deadTitle", "dead"],
  done: ["doneTitle", "done"],
  created: ["createdTitle", "created"],
} as const;

function End({ kind, host }: { kind: keyof typeof endTexts; host: string }) {
  const t = useTranslations("join");
  const [title, text] = endTexts[kind];
  return (
    <FocusedTitle title={t(title)} text={t(text, { host })}>
      {kind === "done" ? (
        <>
          <ButtonLink look="primary" width="full" href="/scan">
            {t("toScan")}
          </ButtonLink>
          <ButtonLink width="full" href="/">
            {t("toAccount")}
          </ButtonLink>
        </>
      ) : (
        <ButtonLink look="primary" width="full" href="/sign-in">
          {t("toSignIn")}
        </ButtonLink>
      )}
    </FocusedTitle>
  );
}
