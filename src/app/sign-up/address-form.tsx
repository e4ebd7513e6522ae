"use client";

import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { SignUpRequestOutcome } from "../../client/session/open-sign-up";
import { ButtonLink } from "../components/button";
import { focusFirstBadField } from "../components/focus-field";
import formStyles from "../components/form.module.css";
import { PageTitle } from "../components/page-title";
import { SubmitRow } from "../components/submit-row";
import { TextField } from "../components/text-field";
import { useTitle } from "../components/use-title";
import { type Requested, requestSignUp } from "./sign-up-calls";
import { useRefusalText } from "./use-refusal-text";

type Fault = Exclude<SignUpRequestOutcome, { status: "requested" }> | { readonly status: "missing" };

interface AddressFormProps {
  domains: readonly string[];
  onRequested: (requested: Requested) => void;
}

/** The address to which the code is mailed. */
export function AddressForm({ domains, onRequested }: AddressFormProps) {
  const t = useTranslations("signUp");
  const locale = useLocale();
  const form = useRef<HTMLFormElement>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const refusalText = useRefusalText();
  useTitle(t("title"));
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  useEffect(() => {
    if (fault && form.current) focusFirstBadField(form.current);
  }, [fault]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget).get("email") ?? "").trim();
    if (isBusy) return;
    if (email === "") return setFault({ status: "missing" });
    setIsBusy(true);
    const outcome = await requestSignUp(email, locale);
    setIsBusy(false);
    if (outcome.status === "requested") onRequested({ email, verificationId: outcome.verificationId });
    else setFault(outcome);
  }

  const list = domains.join(", ");
  const isBad = fault?.status === "missing" || fault?.status === "invalid_field";
  const bad = domains.length === 0 ? t("emailBad") : t("emailBadDomain", { domains: list });
  const error = fault?.status === "missing" ? t("emailMissing") : bad;
  return (
    <>
      <PageTitle title={t("title")}>{t("lead")}</PageTitle>
      <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
        <TextField
          id="email"
          name="email"
          type="email"
          label={t("email")}
          {...(domains.length > 0 && { hint: t("domains", { domains: list }) })}
          autoComplete="email"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          maxLength={320}
          required
          error={isBad && !isBusy ? error : null}
        />
        <SubmitRow
          message={isBusy || isBad || fault === null ? null : refusalText(fault)}
          label={t("send")}
          isBusy={isBusy}
          busyLabel={t("sending")}
        >
          <ButtonLink width="full" href="/sign-in">
            {t("haveAccount")}
          </ButtonLink>
        </SubmitRow>
      </form>
    </>
  );
}
