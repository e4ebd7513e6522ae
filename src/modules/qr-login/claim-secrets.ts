/**
 * What a claim is answered with. Neither is stored: both are derived from a server secret, so that a phone that scans
 * again sees the same, and a reader of the database finds nothing to use.
 */
import { createHmac } from "node:crypto";
import { secretsEqual } from "../secret-hash";
import type { Claimant } from "./state";

const TICKET_MAC_BYTES = 24;

/** The temporary token of a claim: `qr_id.number.MAC`, the MAC also covers the device that may use it. */
export function formatTicket(key: Uint8Array, qrId: string, number: number, by: Claimant): string {
  return `${qrId}.${number}.${ticketMac(key, qrId, number, by)}`;
}

/** @returns what the ticket is for; undefined when it is none, or not this presenter's */
export function parseTicket(
  key: Uint8Array,
  ticket: string,
  by: Claimant,
): { readonly qrId: string; readonly number: number } | undefined {
  const [qrId, digits, mac, ...more] = ticket.split(".");
  if (!qrId || !digits || !mac || more.length > 0 || !/^[1-9]\d{0,5}$/.test(digits)) return undefined;
  const number = Number(digits);
  return secretsEqual(mac, ticketMac(key, qrId, number, by)) ? { qrId, number } : undefined;
}

/** The six digits that the phone shows and the computer's user types. */
export function matchCodeOf(key: Uint8Array, qrId: string, by: Claimant): string {
  const mac = createHmac("sha256", key).update(`match ${qrId} ${by.sessionId} ${by.keyThumbprint}`).digest();
  // 48 bits for 20: the remainder favours no code by more than one in 2^28.
  return String(mac.readUIntBE(0, 6) % 1_000_000).padStart(6, "0");
}

function ticketMac(key: Uint8Array, qrId: string, number: number, by: Claimant): string {
  return createHmac("sha256", key)
    .update(`ticket ${qrId} ${number} ${by.userId} ${by.sessionId} ${by.keyThumbprint}`)
    .digest()
    .subarray(0, TICKET_MAC_BYTES)
    .toString("base64url");
}
