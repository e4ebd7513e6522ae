"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useCallback, useEffect, useRef, useState } from "react";
import type { SecondFactorRequired } from "../../client/session/second-factor";
import type { InvitationOutcome, SignUpOutcome } from "../../client/session/sign-up";
import { Button, ButtonLink } from "../components/button";
import { PageTitle } from "../components/page-title";
import { StatusLine } from "../components/status-line";
import { useTitle } from "../components/use-title";
import { loadAuth } from "../lib/lazy-auth";
import { takeLinkSecret, watchForNewerLink } from "../lib/link-secret";
import { noAnswerKey } from "../lib/no-answer";
import { SecondStep } from "../sign-in/second-step/second-step";
import { JoinForm, type Newcomer } from "./join-form";

type OpenInvitation = Extract<InvitationOutcome, { status: "open" }>;
type Fault = Exclude<InvitationOutcome, { status: "open" | "invalid_invitation" }>;
type View =
  | { readonly status: "checking" | "missing" | "dead" | "done" | "created" }
  | { readonly status: "fault"; readonly fault: Fault }
  | { readonly status: "form"; readonly invitation: OpenInvitation; readonly outcome: SignUpOutcome | null }
  | { readonly status: "second_step"; readonly asked: SecondFactorRequired };

interface JoinCardProps {
  minLength: number;
  /** Where people sign in on the computer. */
  host: string;
}

/** An invitation's page: makes the account and signs it in, or says why this link cannot. */
export function JoinCard({ minLength, host }: JoinCardProps) {
  const [code, setCode] = useState<string | null>();
  const [view, setView] = useState<View>({ status: "checking" });
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => setCode(takeLinkSecret()), []);
  useEffect(watchForNewerLink, []);
  const look = useCallback(async () => {
    if (code === undefined) return;
    if (code === null) return setView({ status: "missing" });
    setView({ status: "checking" });
    setView(viewOf(await readInvitation(code)));
  }, [code]);
  useEffect(() => void look(), [look]);

  async function submit(invitation: OpenInvitation, newcomer: Newcomer) {
    if (!code) return;
    setIsBusy(true);
    const outcome = await signUp(code, newcomer);
    setIsBusy(false);
    setView(viewAfter(outcome, invitation));
  }

  switch (view.status) {
    case "checking":
      return <Checking />;
    case "fault":
      return <Faulty fault={view.fault} onRetry={() => void look()} />;
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

async function signUp(invitation: string, newcomer: Newcomer): Promise<SignUpOutcome> {
  try {
    return await (await loadAuth()).signUp({ ...newcomer, invitation, captcha: "solve" });
  } catch {
    return { status: "unavailable", cause: "script" };
  }
}

function viewOf(outcome: InvitationOutcome): View {
  if (outcome.status === "open") return { status: "form", invitation: outcome, outcome: null };
  return outcome.status === "invalid_invitation" ? { status: "dead" } : { status: "fault", fault: outcome };
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

function Checking() {
  const t = useTranslations("join");
  return (
    <>
      <PageTitle title={t("title")} />
      <StatusLine tone="calm">{t("checking")}</StatusLine>
    </>
  );
}

function Faulty({ fault, onRetry }: { fault: Fault; onRetry: () => void }) {
  const t = useTranslations();
  return (
    <>
      <PageTitle title={t("join.title")} />
      <StatusLine tone="error">{useFaultText(fault)}</StatusLine>
      <Button width="full" onClick={onRetry}>
        {t("connection.retry")}
      </Button>
    </>
  );
}

function useFaultText(fault: Fault): string {
  const t = useTranslations();
  if (fault.status === "too_many_attempts") {
    return t("connection.wait", { n: Math.ceil((fault.retryAfterInSeconds ?? 60) / 60) });
  }
  return t(noAnswerKey(fault.status === "unavailable" ? fault.cause : "server", navigator.onLine));
}

const endTexts = {
  missing: ["missingTitle", "missing"],
  dead: ["deadTitle", "dead"],
  done: ["doneTitle", "done"],
  created: ["createdTitle", "created"],
} as const;

/** What takes the place of the form takes the focus that the form had, so that it is read out. */
function End({ kind, host }: { kind: keyof typeof endTexts; host: string }) {
  const t = useTranslations("join");
  const box = useRef<HTMLDivElement>(null);
  const [title, text] = endTexts[kind];
  useTitle(t(title));
  useEffect(() => box.current?.querySelector("h1")?.focus(), []);
  return (
    <div ref={box}>
      <PageTitle title={t(title)}>{t(text, { host })}</PageTitle>
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
    </div>
  );
}
