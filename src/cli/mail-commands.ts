import { MailFault, readEmailAddress, writeMail } from "../modules/mail";
import { newId } from "../modules/secret-hash";
import { OperatorError } from "../platform/operator-error";
import { systemRandom } from "../platform/system";
import { line } from "./answer";
import { type Command, withService } from "./command";
import { UsageError } from "./usage-error";

const TRY_IN_SECONDS = 60;

/** On the mail server. */
export const mailCommands = {
  "mail test": {
    takes: "ADDRESS",
    says: "send one mail to the address now, and say what the mail server answered",
    words: 1,
    prepare({ name }) {
      const recipient = readEmailAddress(name);
      if (!recipient) throw new UsageError(`"${name}" is not an address that mail can be sent to.`);
      return withService(async ({ mail: { transport }, environment }) => {
        if (!transport) throw new OperatorError("No mail is sent: SMTP_URL is not set.");
        const { host } = environment.appUrl;
        const written = writeMail({ kind: "test", locale: "en" }, {}, host);
        if (!written) throw new Error("there is no text of a test");
        const message = { ...written, messageId: newId(systemRandom), recipient: recipient.address };
        await transport.send(message, AbortSignal.timeout(TRY_IN_SECONDS * 1000)).catch((error: unknown) => {
          throw explained(error);
        });
        return line({ accepted_for: recipient.address });
      });
    },
  },
} satisfies Readonly<Record<string, Command>>;

function explained(error: unknown): unknown {
  if (!(error instanceof MailFault)) return error;
  // What a server answers must not write into the operator's terminal.
  const answer = error.message.replace(/[\p{C}\u2028\u2029]+/gu, " ");
  return new OperatorError(`The mail was not accepted (${error.reason}): ${answer}`, { cause: error });
}
