"use client";

import { useTranslations } from "next-intl";
import { trpc } from "../../../../client/react/trpc";
import type { PasskeyOutput } from "../../../../contract/passkeys";
import { refusalOf } from "../../../lib/refusal-of";
import { NameForm } from "../../home/name-form";
import type { Report } from "../../home/report";
import { useStepUp } from "../../step-up/use-step-up";

interface PasskeyNameFormProps {
  className: string | undefined;
  passkey: PasskeyOutput;
  onReport: (report: Report) => void;
  onClose: () => void;
}

/** Changes the name that the account's owner knows a passkey by. */
export function PasskeyNameForm({ className, passkey, onReport, onClose }: PasskeyNameFormProps) {
  const t = useTranslations("passkeys");
  const utils = trpc.useUtils();
  const askForPassword = useStepUp();
  const rename = trpc.passkeys.rename.useMutation({
    onSuccess: async ({ name }) => {
      await utils.passkeys.invalidate();
      onReport({ tone: "calm", words: (said) => said("passkeys.renamed", { name }) });
      onClose();
    },
    onError: (error, input) => {
      if (isAboutTheName(error) || askForPassword(error, () => rename.mutate(input))) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  });
  return (
    <div className={className}>
      <NameForm
        field={{ id: "passkey-name", label: t("name"), autoComplete: "off", maxLength: 64 }}
        label={t("renameNamed", { name: passkey.name })}
        name={passkey.name}
        fault={rename.isError && isAboutTheName(rename.error) ? t("nameRefused") : null}
        isBusy={rename.isPending}
        onSave={(name) => rename.mutate({ id: passkey.id, name })}
        onClose={onClose}
      />
    </div>
  );
}

function isAboutTheName(error: unknown): boolean {
  return refusalOf(error).reason === "invalid_request";
}
