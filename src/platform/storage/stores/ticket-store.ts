import type { CaptchaRung } from "../../../modules/captcha";
import type { TicketRecord, TicketStore } from "../../../modules/tickets";
import type { Ticket } from "../../prisma/generated/sqlite/client";
import { type Driver, requireInserted } from "../driver";

export function createTicketStore(database: Driver): TicketStore {
  const open = (now: Date) => ({ consumedAt: null, expiresAt: { gt: now } });
  return {
    async insert(ticket) {
      requireInserted(await database.insert("Ticket", ticket));
    },
    async find(idHash) {
      const [row] = await database.lookUp<Ticket>`SELECT * FROM "Ticket" WHERE "idHash" = ${idHash}`;
      return row ? toTicket(row) : undefined;
    },
    async findByCaptchaId(captchaId) {
      const row = await database.ticket.findUnique({ where: { captchaId } });
      return row ? toTicket(row) : undefined;
    },
    async consume(idHash, now) {
      const count = await database.changes`
        UPDATE "Ticket" SET "consumedAt" = ${now}, "captchaAnswerHash" = NULL, "powNonce" = NULL
        WHERE "idHash" = ${idHash} AND "consumedAt" IS NULL AND "expiresAt" > ${now}`;
      return count === 1;
    },
    async consumeAllOfKey(keyThumbprint, now) {
      await database.ticket.updateMany({
        where: { keyThumbprint, ...open(now) },
        data: { consumedAt: now, captchaAnswerHash: null, powNonce: null },
      });
    },
    async openImage(captchaId, answerHash, maxDraws, now) {
      const { count } = await database.ticket.updateMany({
        where: { captchaId, captchaDraws: { lt: maxDraws }, ...open(now) },
        data: { captchaAnswerHash: answerHash, captchaDraws: { increment: 1 } },
      });
      return count === 1;
    },
    async openPow(captchaId, nonce, maxDraws, now) {
      const { count } = await database.ticket.updateMany({
        where: { captchaId, captchaDraws: { lt: maxDraws }, ...open(now) },
        data: { powNonce: nonce, captchaDraws: { increment: 1 } },
      });
      return count === 1;
    },
    async burnImage(captchaId, answerHash) {
      const { count } = await database.ticket.updateMany({
        where: { captchaId, captchaAnswerHash: answerHash },
        data: { captchaAnswerHash: null },
      });
      return count === 1;
    },
    async burnPow(captchaId, nonce) {
      const { count } = await database.ticket.updateMany({
        where: { captchaId, powNonce: nonce },
        data: { powNonce: null },
      });
      return count === 1;
    },
    async pass(captchaId, rung) {
      await database.ticket.updateMany({
        where: { captchaId, captchaPassedRung: { lt: rung } },
        data: { captchaPassedRung: rung },
      });
    },
    async replaceCaptcha(idHash, fromCaptchaId, captchaId, rung) {
      const { count } = await database.ticket.updateMany({
        where: { idHash, captchaId: fromCaptchaId, consumedAt: null },
        data: { captchaId, captchaRung: rung, captchaDraws: 0, captchaAnswerHash: null, powNonce: null },
      });
      return count === 1;
    },
    async deleteExpiredBefore(before) {
      const { count } = await database.ticket.deleteMany({ where: { expiresAt: { lt: before } } });
      return count;
    },
  };
}

function toTicket(row: Ticket): TicketRecord {
  return { ...row, captchaRung: toRung(row.captchaRung), captchaPassedRung: toRung(row.captchaPassedRung) };
}

function toRung(value: number): CaptchaRung {
  if (value === 0 || value === 1 || value === 2) return value;
  throw new Error(`a stored captcha rung is ${value}`);
}
