import pino from "pino";
import type { AuditLog } from "../modules/audit";

export type Log = pino.Logger;

/**
 * One JSON line an event, times in UTC. Values are JSON strings, so that none can break out of its line.
 * Whatever name a secret could come under is cut out, should anyone ever pass one.
 */
export function createLog(level: string): Log {
  return pino({
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
  });
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
