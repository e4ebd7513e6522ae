import { domainToASCII } from "node:url";
import { z } from "zod";
import { EnvironmentError } from "./environment-error";
import type { MailSetting } from "./mail";

/** How people make accounts of their own. */
export interface SignUpPolicy {
  /** `open`: with an address of theirs, or an invitation. */
  readonly for: "off" | "invite" | "open";
  /** Of the addresses that may sign up without an invitation, in ASCII and small letters; none: any. */
  readonly domains: readonly string[];
}

export const signUpSetting = z
  .enum(["invite", "off", "open"], { error: "has to be invite, open or off" })
  .default("invite");

const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** @throws EnvironmentError where people would be let in otherwise than the operator means */
export function parseSignUp(
  policy: SignUpPolicy["for"],
  domains: string | undefined,
  mail: MailSetting | null,
): SignUpPolicy {
  if (policy === "open" && mail === null) {
    throw new EnvironmentError(
      "SIGN_UP=open needs SMTP_URL: without an invitation people sign up with an address, which a mail proves.",
    );
  }
  if (policy !== "open" && domains !== undefined) {
    throw new EnvironmentError(
      "SIGN_UP_DOMAINS restricts sign-up without an invitation, and goes with SIGN_UP=open only.",
    );
  }
  return { for: policy, domains: parseDomains(domains ?? "") };
}

function parseDomains(value: string): readonly string[] {
  const entries = value.split(/[\s,]+/).filter((entry) => entry !== "");
  return entries.map((entry, index) => {
    const domain = domainToASCII(entry.replace(/^@/, "")).toLowerCase();
    if (domainName.test(domain)) return domain;
    throw new EnvironmentError(
      `SIGN_UP_DOMAINS, entry ${index + 1}: it has to be the part of addresses behind the @, such as example.com`,
    );
  });
}
