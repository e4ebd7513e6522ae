import pino from "pino";
import type { AuditLog } from "../modules/audit";
import { Output, STANDARD_OUTPUT } from "./output";

export type Log = pino.Logger;

/**
 * One JSON line an event, times in UTC. Values are JSON strings, so that none can break out of its line, nor speak to the
 * terminal that shows it. Whatever name a secret could come under is cut out, should anyone ever pass one.
 */
export function createLog(level: string, output: Pick<Output, "write"> = new Output(STANDARD_OUTPUT)): Log {
  const options: pino.LoggerOptions = {
    level,
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
  return pino(options, { write: (line: string) => output.write(escapeForTerminals(line)) });
}

/**
 * What JSON leaves as it is and a terminal or a viewer may obey: the control characters of ISO 6429 beyond ASCII, other
 * line ends, and marks that turn the direction of the text around them. They can only stand within strings.
 */
const obeyed = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escapeForTerminals(line: string): string {
  return line.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function createAuditLog(log: Log): AuditLog {
  return ({ id, at, type, userId, sessionId, address, detail }, storeError) => {
    const event = {
      event: type,
      at: at.toISOString(),
      id,
      user: userId,
      session: sessionId,
      address,
      detail,
    };
    if (storeError === undefined) log.info(event, "audit");
    else log.error({ ...event, stored: false, err: storeError }, "audit: not stored");
  };
}
