"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import type { CodeSignUpOutcome } from "../../client/session/open-sign-up";
import type { SecondFactorRequired } from "../../client/session/second-factor";
import { ButtonLink } from "../components/button";
import { FocusedTitle } from "../components/focused-title";
import { SecondStep } from "../sign-in/second-step/second-step";
import { AddressForm } from "./address-form";
import { NewcomerForm } from "./newcomer-form";
import { completeSignUp, type Newcomer, type Requested } from "./sign-up-calls";

type View =
  | { readonly status: "address" | "done" | "created" }
  | { readonly status: "code"; readonly requested: Requested; readonly outcome: CodeSignUpOutcome | null }
  | { readonly status: "second_step"; readonly asked: SecondFactorRequired };

interface SignUpCardProps {
  minLength: number;
  /** Where people sign in on another device. */
  host: string;
  /** Of the addresses that may sign up; none: any. */
  domains: readonly string[];
}

/** From an address over the code of its mail to a session. */
export function SignUpCard({ minLength, host, domains }: SignUpCardProps) {
  const [view, setView] = useState<View>({ status: "address" });
  const [isBusy, setIsBusy] = useState(false);

  async function submit(requested: Requested, newcomer: Newcomer) {
    setIsBusy(true);
    const outcome = await completeSignUp(requested.verificationId, newcomer);
    setIsBusy(false);
    setView(viewAfter(outcome, requested));
  }

  switch (view.status) {
    case "address":
      return (
        <AddressForm
          domains={domains}
          onRequested={(requested) => setView({ status: "code", requested, outcome: null })}
        />
      );
    case "code": {
      const { requested, outcome } = view;
      return (
        <NewcomerForm
          minLength={minLength}
          email={requested.email}
          isBusy={isBusy}
          outcome={outcome}
          onSubmit={(newcomer) => void submit(requested, newcomer)}
          onAgain={() => setView({ status: "address" })}
        />
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
      return <End kind={view.status} host={host} />;
  }
}

function viewAfter(outcome: CodeSignUpOutcome, requested: Requested): View {
  switch (outcome.status) {
    case "signed_in":
      return { status: "done" };
    case "second_factor_required":
      return { status: "second_step", asked: outcome };
    default:
      return { status: "code", requested, outcome };
  }
}

function End({ kind, host }: { kind: "done" | "created"; host: string }) {
  const t = useTranslations();
  if (kind === "created") {
    return (
      <FocusedTitle title={t("join.createdTitle")} text={t("join.created")}>
        <ButtonLink look="primary" width="full" href="/sign-in">
          {t("join.toSignIn")}
        </ButtonLink>
      </FocusedTitle>
    );
  }
  return (
    <FocusedTitle title={t("join.doneTitle")} text={t("signUp.done", { host })}>
      <ButtonLink look="primary" width="full" href="/">
        {t("join.toAccount")}
      </ButtonLink>
    </FocusedTitle>
  );
}
