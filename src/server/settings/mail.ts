import { isLoopback } from "../../contract/loopback";
import { readEmailAddress } from "../../modules/mail";
import { EnvironmentError } from "./environment-error";

/** How mail is sent. */
export interface MailSetting {
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` before anything is said, `none` where the operator said so or it is this machine. */
  readonly security: "tls" | "starttls" | "none";
  /** DANGER: a secret. */
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly from: { readonly name: string; readonly address: string };
}

const FORMS = "smtps://user:password@mail.example.com or smtp://user:password@mail.example.com:587";

/** @throws EnvironmentError that repeats nothing of the address, which has a password in it */
export function parseMail(smtpUrl: string | undefined, mailFrom: string | undefined): MailSetting | null {
  if (smtpUrl === undefined) return null;
  if (mailFrom === undefined) {
    throw new EnvironmentError(
      "MAIL_FROM has to be set where SMTP_URL is: whom mail is from, such as Accounts <accounts@example.com>",
    );
  }
  return { ...parseSmtpUrl(smtpUrl), from: parseMailFrom(mailFrom) };
}

function parseSmtpUrl(value: string): Omit<MailSetting, "from"> {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // Of another scheme than http the host is left as it was written: 127.1 and LOCALHOST too.
  const server = url && URL.canParse(`http://${url.host}`) ? new URL(`http://${url.host}`) : undefined;
  const isBare = url !== undefined && ["", "/"].includes(url.pathname) && url.hash === "";
  if (!server || !isBare || !["smtp:", "smtps:"].includes(url.protocol)) {
    throw new EnvironmentError(`SMTP_URL has to name a mail server, such as ${FORMS}`);
  }
  const host = server.hostname.replace(/^\[|\]$/g, "");
  const login = loginOf(url);
  if (url.search !== "" && (url.protocol === "smtps:" || url.search !== "?tls=off")) {
    throw new EnvironmentError(
      "SMTP_URL has one option only: smtp://…?tls=off, for a server without encryption",
    );
  }
  if (url.protocol === "smtps:") return { host, port: portOf(url, 465), security: "tls", login };
  const isPlain = url.search === "?tls=off" || isLoopback(server);
  return { host, port: portOf(url, 587), security: isPlain ? "none" : "starttls", login };
}

const portOf = ({ port }: URL, usual: number) => (port === "" ? usual : Number(port));

function loginOf({ username, password }: URL): MailSetting["login"] {
  if (username === "" && password === "") return null;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw new EnvironmentError("SMTP_URL: a percent sign in the user or the password is written %25");
  }
}

function parseMailFrom(value: string): MailSetting["from"] {
  const match = /^(?:"?([^"<>]*?)"?\s*<([^<>]+)>|([^<>\s]+))$/.exec(value.trim());
  const read = readEmailAddress(match?.[2] ?? match?.[3] ?? "");
  const name = match?.[1] ?? "";
  if (!read || /\p{C}/u.test(name)) {
    throw new EnvironmentError("MAIL_FROM has to be one address, such as Accounts <accounts@example.com>");
  }
  return { name, address: read.address };
}
