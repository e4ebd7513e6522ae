"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useCallback, useEffect, useState } from "react";
import type { SecondFactorRequired } from "../../client/session/second-factor";
import type { InvitationOutcome } from "../../client/session/sign-up";
import { ButtonLink } from "../components/button";
import { FocusedTitle } from "../components/focused-title";
import { LinkChecking, LinkUnchecked } from "../components/link-check";
import { PageTitle } from "../components/page-title";
import { loadAuth } from "../lib/lazy-auth";
import { useLinkSecret } from "../lib/link-secret";
import { makePasskey } from "../lib/make-passkey";
import type { NoAnswer } from "../lib/no-answer";
import { createPasskeyBrowser } from "../lib/passkey-browser";
import { type Wait, waitFor } from "../lib/wait";
import { SecondStep } from "../sign-in/second-step/second-step";
import { JoinForm, type Newcomer } from "./join-form";
import { type JoinWays, joinWays } from "./join-ways";
import { PasskeyJoin, type PasskeyJoinOutcome } from "./passkey-join";

type OpenInvitation = Extract<InvitationOutcome, { status: "open" }>;
/** What the form is for. */
interface Opened {
  readonly invitation: OpenInvitation;
  readonly ways: JoinWays;
}
type View =
  | { readonly status: "checking" | "missing" | "dead" | "done" | "created" }
  | { readonly status: "fault"; readonly fault: Wait | NoAnswer }
  | { readonly status: "form"; readonly opened: Opened; readonly outcome: PasskeyJoinOutcome | null }
  | { readonly status: "second_step"; readonly asked: SecondFactorRequired };

interface JoinCardProps {
  minLength: number;
  /** Whether the service takes passkeys at all. */
  takesPasskeys: boolean;
  /** Where people sign in on the computer. */
  host: string;
}

/** An invitation's page: makes the account and signs it in, or says why this link cannot. */
export function JoinCard({ minLength, takesPasskeys, host }: JoinCardProps) {
  const t = useTranslations("join");
  const code = useLinkSecret();
  const [byPasskey] = useState(createPasskeyJoin);
  const [view, setView] = useState<View>({ status: "checking" });
  const [isBusy, setIsBusy] = useState(false);
  const look = useCallback(async () => {
    if (code === undefined) return;
    if (code === null) return setView({ status: "missing" });
    setView({ status: "checking" });
    // Both before the form is there: what came later would change it under somebody's hands.
    const [outcome, ways] = await Promise.all([readInvitation(code), joinWays(takesPasskeys)]);
    setView(viewOf(outcome, ways));
  }, [code, takesPasskeys]);
  useEffect(() => void look(), [look]);

  async function submit(opened: Opened, newcomer: Newcomer) {
    if (!code) return;
    setIsBusy(true);
    const outcome = await signUp(byPasskey, code, newcomer);
    setIsBusy(false);
    setView(viewAfter(outcome, opened));
  }

  switch (view.status) {
    case "checking":
      return <LinkChecking title={t("title")} text={t("checking")} />;
    case "fault":
      return <LinkUnchecked title={t("title")} fault={view.fault} onRetry={() => void look()} />;
    case "form": {
      const { opened, outcome } = view;
      return (
        <>
          <Lead invitation={opened.invitation} />
          <JoinForm
            minLength={minLength}
            ways={opened.ways}
            isBusy={isBusy}
            outcome={outcome}
            onSubmit={(newcomer) => void submit(opened, newcomer)}
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

function createPasskeyJoin(): PasskeyJoin {
  const browser = createPasskeyBrowser();
  return new PasskeyJoin({ auth: loadAuth, make: makePasskey, browser, now: () => performance.now() });
}

async function signUp(
  byPasskey: PasskeyJoin,
  invitation: string,
  { way, username, displayName, password }: Newcomer,
): Promise<PasskeyJoinOutcome> {
  const wish = { invitation, username, displayName };
  try {
    if (way === "passkey") return await byPasskey.join(wish);
    return await (await loadAuth()).signUp({ ...wish, password, captcha: "solve" });
  } catch {
    return { status: "unavailable", cause: "script" };
  }
}

function viewOf(outcome: InvitationOutcome, ways: JoinWays): View {
  switch (outcome.status) {
    case "open":
      return { status: "form", opened: { invitation: outcome, ways }, outcome: null };
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

function viewAfter(outcome: PasskeyJoinOutcome, opened: Opened): View {
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
      return { status: "form", opened, outcome };
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
