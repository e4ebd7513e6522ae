"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import { loadPart } from "../../client/calls/load-part";
import { BusyButton } from "../components/button";
import formStyles from "../components/form.module.css";
import { PasswordField } from "../components/password-field";
import { TextField } from "../components/text-field";
import { useHydrated } from "../components/use-hydrated";
import { CaptchaPanel } from "./captcha-panel";
import { PasskeyButton } from "./passkey-button";
import type { SignInFlow } from "./sign-in-flow";
import type { SignInField, SignInView } from "./sign-in-view";
import { SignInStatus, submitLabels } from "./status-text";
import { useSignIn } from "./use-sign-in";

const STATUS_ID = "sign-in-status";

interface SignInFormProps {
  returnAddress: string;
}

/** Loaded when it is asked for: most accounts sign in without. */
const SecondStep = lazy(() =>
  loadPart(() => import("./second-step/second-step")).then(({ SecondStep: step }) => ({ default: step })),
);

const KeepAccount = lazy(() =>
  loadPart(() => import("./keep-account")).then(({ KeepAccount: step }) => ({ default: step })),
);

/** Username, password, whatever check the risk asks for, and then the second factor where the account has one. */
export function SignInForm({ returnAddress }: SignInFormProps) {
  const { flow, view, leave } = useSignIn(returnAddress);
  return (
    <>
      <div hidden={view.second !== null || view.pending !== null}>
        <FirstStep flow={flow} view={view} />
      </div>
      {view.second && (
        <Suspense>
          <SecondStep
            asked={view.second}
            onSignedIn={leave}
            onPending={(pending) => flow.askToKeep(pending)}
            onOver={(isWanted) => flow.startAgain(isWanted ? "wanted" : "secondStepOver")}
          />
        </Suspense>
      )}
      {view.pending && (
        <Suspense>
          <KeepAccount pending={view.pending} onSignedIn={leave} onOver={(why) => flow.startAgain(why)} />
        </Suspense>
      )}
    </>
  );
}

function FirstStep({ flow, view }: { flow: SignInFlow; view: SignInView }) {
  const t = useTranslations();
  const isHydrated = useHydrated();
  const form = useRef<HTMLFormElement>(null);
  const [missing, setMissing] = useState<SignInField | null>(null);
  useFocusRequests(form, view);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const typed = readForm(event.currentTarget);
    const first = typed.username === "" ? "username" : typed.password === "" ? "password" : null;
    setMissing(first);
    if (first) focusField(event.currentTarget, first);
    else void flow.submit(typed);
  }

  function startTyping() {
    setMissing(null);
    flow.touch();
  }

  const isRefused = view.message?.status === "error" && view.message.key === "signIn.invalidCredentials";
  return (
    <form
      ref={form}
      className={formStyles.form}
      method="post"
      noValidate
      data-phase={view.phase}
      onSubmit={submit}
      onInput={startTyping}
    >
      <TextField
        id="username"
        name="username"
        label={t("fields.username")}
        autoComplete="username webauthn"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        required
        error={missing === "username" ? t("fields.usernameMissing") : null}
      />
      <PasswordField
        id="password"
        name="password"
        label={t("fields.password")}
        autoComplete="current-password"
        required
        aria-invalid={isRefused || undefined}
        explainedBy={STATUS_ID}
        error={missing === "password" ? t("fields.passwordMissing") : null}
      />
      <CaptchaPanel flow={flow} step={view.step} statusId={STATUS_ID} />
      <div className={formStyles.end}>
        <SignInStatus id={STATUS_ID} view={view} />
        <BusyButton
          type="submit"
          id="submit"
          look="primary"
          width="full"
          // Sent by the browser itself, before our script runs, the password would leave unencrypted.
          disabled={!isHydrated}
          busy={view.phase !== "ready"}
          busyLabel={view.phase === "ready" ? "" : t(submitLabels[view.phase])}
        >
          {t("signIn.submit")}
        </BusyButton>
        <PasskeyButton flow={flow} phase={view.phase} isHydrated={isHydrated} />
      </div>
    </form>
  );
}

function readForm(form: HTMLFormElement) {
  const data = new FormData(form);
  const text = (name: string) => String(data.get(name) ?? "");
  return { username: text("username").trim(), password: text("password"), characters: text("characters") };
}

function useFocusRequests(form: { readonly current: HTMLFormElement | null }, { focus }: SignInView): void {
  const answered = useRef(0);
  useEffect(() => {
    if (!focus || !form.current || focus.count === answered.current) return;
    answered.current = focus.count;
    focusField(form.current, focus.field);
  }, [focus, form]);
}

function focusField(form: HTMLFormElement, field: SignInField): void {
  const element = form.elements.namedItem(field);
  if (!(element instanceof HTMLElement)) return;
  element.focus();
  if (element instanceof HTMLInputElement) element.select();
}
