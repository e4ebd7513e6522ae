import { afterEach, describe, expect, it } from "vitest";
import { MailFault } from "../../../src/modules/mail";
import { createSmtpTransport, type SmtpOptions } from "../../../src/platform/mail/smtp";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";

let mailServer: MailServer;
afterEach(() => mailServer?.close());

const message = {
  ...{ messageId: "id", recipient: "ada@example.com", subject: "Hello" },
  ...{ text: "text\n", html: "<p>text</p>" },
};

function send(options: Partial<SmtpOptions> = {}, changes: Partial<typeof message> = {}): Promise<void> {
  const transport = createSmtpTransport({
    ...{ host: "127.0.0.1", port: mailServer.port, security: "none", login: null },
    from: { name: "Accounts", address: "accounts@example.com" },
    ...options,
  });
  return transport.send({ ...message, ...changes }, AbortSignal.timeout(30_000));
}

async function faultOf(sending: Promise<void>): Promise<MailFault> {
  const fault = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(fault instanceof MailFault)) throw new Error("it was sent", { cause: fault });
  return fault;
}

describe("a connection to a mail server", () => {
  it.each([
    ["offers no encryption", { disabledCommands: ["STARTTLS"] }, "starttls"],
    [
      "has a certificate that nobody vouches for, after STARTTLS",
      { disabledCommands: [], hideSTARTTLS: false },
      "starttls",
    ],
    ["has a certificate that nobody vouches for", { secure: true }, "tls"],
    ["speaks plainly where encryption is expected", {}, "tls"],
  ] as const)("that %s ends before a mail, a name or a password is said", async (_, settings, security) => {
    const logins: unknown[] = [];
    mailServer = await startMailServer(0, {
      ...settings,
      disabledCommands: [...("disabledCommands" in settings ? settings.disabledCommands : [])],
      onAuth(auth, _session, done) {
        logins.push(auth);
        done(null, { user: "ada" });
      },
    });
    const fault = await faultOf(send({ security, login: { user: "ada", password: "velvet" } }));
    expect(fault).toMatchObject({ isFinal: false, isOfServer: true });
    expect(logins).toEqual([]);
    expect(mailServer.mails).toEqual([]);
  });

  it("that refuses the password leaves the mail to be tried again, and the reason has no secret in it", async () => {
    mailServer = await startMailServer(0, {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error("wrong")),
    });
    const fault = await faultOf(send({ login: { user: "ada", password: "velvet" } }));
    expect(fault).toMatchObject({ isFinal: false, isOfServer: true, reason: "EAUTH AUTH PLAIN 535" });
    expect(JSON.stringify([fault.message, fault.reason])).not.toContain("velvet");
  });
});

describe("what a text has in it that ends a line", () => {
  const evil = "Hello\r\nBcc: victim@example.com\r\n\r\nAnother body";

  it.each([
    ["the subject", { subject: evil }],
    ["the text", { text: `${evil}\r\n.\r\nMAIL FROM:<eve@example.com>\r\n` }],
  ])("adds no header, no receiver and no mail by %s", async (_, changes) => {
    mailServer = await startMailServer();
    await send({}, changes);
    expect(mailServer.mails).toHaveLength(1);
    expect(mailServer.mails[0]).toMatchObject({ to: ["ada@example.com"], from: "accounts@example.com" });
    expect(mailServer.mails[0]?.header("Bcc")).toBeUndefined();
  });

  it("adds none by the sender's name either", async () => {
    mailServer = await startMailServer();
    await send({ from: { name: 'A" <eve@example.com>, "B', address: "accounts@example.com" } });
    expect(mailServer.mails[0]?.header("From")).toMatch(/<accounts@example\.com>$/);
    expect(mailServer.mails[0]?.from).toBe("accounts@example.com");
  });
});
