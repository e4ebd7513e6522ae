import pino from "pino";
import type { AuditLog } from "../../modules/audit";
import { addressKeys } from "../../modules/rate-limits";
import { Output, STANDARD_OUTPUT } from "./output";
import { Repeats } from "./repeats";

export type Log = pino.Logger;

/**
 * An event with this member is one that a stranger can cause in any number. Of those with the same value the first is
 * written, and once a minute how many came after it, as `repeats`; the rest of that line is the first one's.
 */
export const sumUp = Symbol("sum up");

/**
 * One JSON line an event, times in UTC. Values are JSON strings, so that none can break out of its line, nor speak to the
 * terminal that shows it. Whatever name a secret could come under is cut out, should anyone ever pass one.
 * `flush()` writes the counts of what is summed up.
 */
export function createLog(level: string, output: Pick<Output, "write"> = new Output(STANDARD_OUTPUT)): Log {
  const repeats = new Repeats();
  const options: pino.LoggerOptions = {
    level,
    hooks: {
      logMethod([event, ...rest], write) {
        const kind = typeof event === "object" && event !== null ? Reflect.get(event, sumUp) : undefined;
        const writeMore = (more: object) =>
          write.apply(this, [{ ...(event as unknown as object), ...more }, ...rest]);
        if (typeof kind !== "string") return write.apply(this, [event, ...rest]);
        repeats.note(
          kind,
          () => writeMore({}),
          (count) => writeMore({ repeats: count }),
        );
      },
    },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        "password",
        "*.password",
        "token",
        "*.token",
        "authorization",
        "*.authorization",
        "cookie",
        "*.cookie",
      ],
      censor: "[cut]",
    },
  };
  const destination = {
    write: (line: string) => output.write(escapeForTerminals(line)),
    flush: () => repeats.flush(),
  };
  return pino(options, destination);
}

/**
 * What JSON leaves as it is and a terminal or a viewer may obey: the control characters of ISO 6429 beyond ASCII, other
 * line ends, and marks that turn the direction of the text around them. They can only be within strings.
 */
const obeyed = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escapeForTerminals(line: string): string {
  return line.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * What is refused without a limit. A wrong password is not among it: each is a guess, under the counts of its account and
 * address, and has a line of its own.
 */
function repeatedKind(type: string, address: string | null, reason: unknown): string | undefined {
  const isRepeated =
    type === "captcha_failed" ||
    type === "setup_refused" ||
    type === "sign_up_refused" ||
    type === "recovery_refused" ||
    (type === "sign_in_refused" && reason !== "invalid_credentials");
  if (!isRepeated) return undefined;
  const keys = addressKeys(address);
  return `audit ${type} ${String(reason)} ${keys?.site ?? keys?.own}`;
}

export function createAuditLog(log: Log): AuditLog {
  return ({ id, at, type, userId, sessionId, address, actorId, detail }, storeError) => {
    const event = {
      event: type,
      at: at.toISOString(),
      id,
      user: userId,
      session: sessionId,
      address,
      actor: actorId,
      detail,
    };
    const kind = repeatedKind(type, address, detail.reason);
    if (storeError === undefined) log.info(kind === undefined ? event : { ...event, [sumUp]: kind }, "audit");
    else log.error({ ...event, stored: false, err: storeError }, "audit: not stored");
  };
}
