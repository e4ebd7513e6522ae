import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** One mail as the server has got it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, as they came. */
  readonly source: string;
  header(name: string): string | undefined;
  /** The plain part, decoded. */
  readonly text: string;
  readonly html: string;
}

export interface MailServer {
  readonly port: number;
  /** For SMTP_URL. */
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  /** What is called when a mail has come and before it is accepted. */
  onMail: (mail: ReceivedMail) => Promise<void>;
  /** The newest mail to the address, as soon as there are so many. */
  mailTo(address: string, count?: number): Promise<ReceivedMail>;
  close(): Promise<void>;
}

/** npm's smtp-server on this machine, at the port given or a free one. It takes everything. */
export async function startMailServer(port = 0, options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    hideSTARTTLS: true,
    logger: false,
    ...options,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        const mail = readMail(
          from,
          rcptTo.map(({ address }) => address),
          Buffer.concat(chunks).toString("utf8"),
        );
        started.onMail(mail).then(
          () => {
            mails.push(mail);
            done();
          },
          (error: Error) => done(error),
        );
      });
    },
  });
  // A client that goes away in the middle is no fault of ours.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const actualPort = (server.server.address() as AddressInfo).port;
  const started: MailServer = {
    port: actualPort,
    url: `smtp://127.0.0.1:${actualPort}`,
    mails,
    onMail: async () => undefined,
    async mailTo(address, count = 1) {
      for (;;) {
        const found = mails.filter(({ to }) => to.includes(address));
        const newest = found.at(-1);
        if (newest && found.length >= count) return newest;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return started;
}

function readMail(from: string, to: readonly string[], source: string): ReceivedMail {
  const [head = "", ...rest] = source.split("\r\n\r\n");
  const headers = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const body = rest.join("\r\n\r\n");
  return {
    from,
    to,
    source,
    header: (name) =>
      headers
        .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
        ?.slice(name.length + 1)
        .trim(),
    text: partOf(body, "text/plain"),
    html: partOf(body, "text/html"),
  };
}

function partOf(body: string, type: string): string {
  const part = body.split(/\r\n--[^\r\n]+/).find((one) => one.includes(`Content-Type: ${type}`)) ?? "";
  const [head = "", ...rest] = part.trimStart().split("\r\n\r\n");
  const text = rest.join("\r\n\r\n");
  if (/base64/i.test(head)) return Buffer.from(text, "base64").toString("utf8");
  if (!/quoted-printable/i.test(head)) return text;
  const bytes = text
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
/** The code in a mail. */
export function codeIn({ text }: ReceivedMail): string {
  const match = /\b(\d{4}) (\d{4})\b/.exec(text);
  if (!match) throw new Error(`no code in: ${text}`);
  return `${match[1]}${match[2]}`;
}
