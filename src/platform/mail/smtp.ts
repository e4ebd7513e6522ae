import { MailFault, type MailMessage, type MailTransport } from "../../modules/mail";

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly security: "tls" | "starttls" | "none";
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly from: { readonly name: string; readonly address: string };
}

/** So long a server may take to let itself be reached, to greet, and to answer anything. */
const PATIENCE_IN_MS = 20_000;

/**
 * Sends by a mail server. Each mail has a connection of its own, which ends with it.
 *
 * With `tls` and `starttls` nothing is said before the connection is encrypted and the server's certificate fits its name.
 */
export function createSmtpTransport({ host, port, security, login, from }: SmtpOptions): MailTransport {
  const open = occasionOnce(async () => {
    // Late: a service without mail, and a command, does not load it.
    const { createTransport } = await import("nodemailer");
    return createTransport({
      host,
      port,
      secure: security === "tls",
      requireTLS: security === "starttls",
      ignoreTLS: security === "none",
      tls: { minVersion: "TLSv1.2" },
      ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
      connectionTimeout: PATIENCE_IN_MS,
      greetingTimeout: PATIENCE_IN_MS,
      socketTimeout: PATIENCE_IN_MS,
      dnsTimeout: PATIENCE_IN_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  });
  return {
    async send({ messageId, recipient, subject, text, html }: MailMessage, signal) {
      const transport = await open();
      try {
        await transport.sendMail({
          messageId: `<${messageId}@${from.address.slice(from.address.lastIndexOf("@") + 1)}>`,
          from: { name: from.name, address: from.address },
          to: { name: "", address: recipient },
          // What is read from the headers is not what is meant: only these are written to.
          envelope: { from: from.address, to: [recipient] },
          subject,
          text,
          html,
          // RFC 3834: no machine answers it.
          headers: { "Auto-Submitted": "auto-generated" },
          signal,
        });
      } catch (error) {
        throw toFault(error);
      }
    },
  };
}

function occasionOnce<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function toFault(error: unknown): MailFault {
  const { code = "no code", command = "", responseCode, message = "" } = error as Partial<SmtpError>;
  const isOfMail = (code === "EENVELOPE" && command !== "MAIL FROM") || code === "EMESSAGE";
  const reason = [code, command, responseCode].filter(Boolean).join(" ");
  const isFinal = isOfMail && responseCode !== undefined && responseCode >= 500;
  return new MailFault(message, { reason, isFinal, isOfServer: !isOfMail }, { cause: error });
}

interface SmtpError {
  readonly code: string;
  readonly command: string;
  readonly responseCode: number;
  readonly message: string;
}
