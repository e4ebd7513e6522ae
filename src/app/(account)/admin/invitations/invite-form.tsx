"use client";

import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { trpc } from "../../../../client/react/trpc";
import type { NewInvitationOutput } from "../../../../contract/invitations";
import type { RoleName } from "../../../../contract/schemas";
import { BusyButton } from "../../../components/button";
import fieldStyles from "../../../components/field.module.css";
import { focusFirstBadField } from "../../../components/focus-field";
import formStyles from "../../../components/form.module.css";
import { TextField } from "../../../components/text-field";
import { useHydrated } from "../../../components/use-hydrated";
import { refusalOf } from "../../../lib/refusal-of";
import type { Report } from "../../home/report";
import { useStepUp } from "../../step-up/use-step-up";

const MAX_USES = 1000;
const DAY_IN_SECONDS = 86_400;
const days = [1, 7, 30] as const;

interface InviteFormProps {
  sendsMail: boolean;
  onMade: (invitation: NewInvitationOutput) => void;
  onReport: (report: Report) => void;
}

/** Whom to invite, how many, and until when. */
export function InviteForm({ sendsMail, onMade, onReport }: InviteFormProps) {
  const t = useTranslations();
  const locale = useLocale();
  const [badField, setBadField] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const ask = useStepUp();
  const isHydrated = useHydrated();
  const own = trpc.auth.me.useQuery().data?.user.roles ?? [];
  const choices: readonly RoleName[] = own.includes("owner") ? ["user", "admin", "owner"] : ["user", "admin"];
  const make = trpc.invitations.make.useMutation({
    onSuccess: onMade,
    onError: (error, input) => {
      if (ask(error, () => make.mutate(input))) return;
      const { reason, members } = refusalOf(error);
      if (reason === "invalid_request" && (members.field === "email" || members.field === "uses")) {
        return setBadField(members.field);
      }
      if (reason === "too_many_attempts")
        return onReport({ tone: "error", words: (said) => said("invitations.tooMany") });
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  });

  // Once the field says what is wrong with it: a frame may come before that.
  useEffect(() => {
    if (badField !== null && form.current) focusFirstBadField(form.current);
  }, [badField]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (make.isPending) return;
    const data = new FormData(event.currentTarget);
    const uses = Math.round(Number(data.get("uses")));
    const email = String(data.get("email") ?? "").trim();
    setBadField(null);
    make.mutate({
      ...(email === "" ? {} : { email, locale }),
      roles: choices.filter((role) => role === data.get("role")),
      uses: Math.min(MAX_USES, Math.max(1, Number.isFinite(uses) ? uses : 1)),
      expires_in: Number(data.get("days")) * DAY_IN_SECONDS,
    });
  }

  return (
    <form ref={form} className={formStyles.form} method="post" noValidate onSubmit={submit}>
      <Choice
        name="role"
        label={t("invitations.role")}
        choices={choices.map((role) => [role, t(`roles.${role}`)])}
        usual="user"
      />
      <TextField
        id="uses"
        name="uses"
        type="number"
        inputMode="numeric"
        min={1}
        max={MAX_USES}
        defaultValue={1}
        label={t("invitations.uses")}
        hint={t("invitations.usesHint")}
        error={badField === "uses" ? t("invitations.usesMailed") : null}
      />
      {sendsMail && (
        <TextField
          id="email"
          name="email"
          type="email"
          label={t("invitations.email")}
          hint={t("invitations.emailHint")}
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          maxLength={320}
          error={badField === "email" ? t("invitations.emailBad") : null}
        />
      )}
      <Choice
        name="days"
        label={t("invitations.expires")}
        choices={days.map((n) => [String(n), t("invitations.days", { n })])}
        usual="7"
      />
      <div className={formStyles.actions}>
        <BusyButton
          type="submit"
          look="primary"
          disabled={!isHydrated}
          busy={make.isPending}
          busyLabel={t("invitations.making")}
        >
          {t("invitations.make")}
        </BusyButton>
      </div>
    </form>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  choices: readonly (readonly [value: string, label: string])[];
  usual: string;
}

function Choice({ name, label, choices, usual }: ChoiceProps) {
  const id = useId();
  return (
    <div className={fieldStyles.field}>
      <label className={fieldStyles.label} htmlFor={id}>
        {label}
      </label>
      <div className={fieldStyles.box}>
        <select id={id} name={name} className={fieldStyles.input} defaultValue={usual}>
          {choices.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}
