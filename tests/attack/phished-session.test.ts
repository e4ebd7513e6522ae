import { afterEach, beforeEach, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import {
  type Answer,
  boundHeaders,
  PASSWORD,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import {
  approvedQr,
  byPhone,
  openPhone,
  redeem,
  type SignedInPhone,
  signedInPhone,
} from "../helpers/steps/qr";

/** What an attacker can do with the session of a code that the victim approved, and what the victim keeps. */
let service: TestService;
let phone: SignedInPhone;

beforeEach(async () => {
  service = await startService({ ACCESS_TOKEN_LIFETIME: "3600" });
  await service.addUser("alice");
  phone = await signedInPhone(service, "alice");
  service.clock.advance(1);
});
afterEach(() => service.close());

async function phishedBy(approver: SignedInPhone): Promise<SignedInPhone> {
  const computer = await approvedQr(service, approver);
  const tokens = (await redeem(service, computer)).body as unknown as Tokens;
  service.clock.advance(1);
  return { device: computer.device, tokens };
}

async function send(who: SignedInPhone, method: string, path: string): Promise<Answer> {
  const headers = await boundHeaders(who.device, method, path, who.tokens.access_token, service.clock);
  return service.call(path, { method, headers });
}

const stepUp = (who: SignedInPhone) => byPhone(service, who, "/api/auth/step-up", { password: PASSWORD });
const end = (who: SignedInPhone, whose: SignedInPhone) =>
  send(who, "DELETE", `/api/auth/sessions/${whose.tokens.session_id}`);
const endOthers = (who: SignedInPhone) => send(who, "DELETE", "/api/auth/sessions?others=true");
const lives = async (who: SignedInPhone) => told(await send(who, "GET", "/api/auth/me"));
const acknowledge = (who: SignedInPhone, id: string) =>
  byPhone(service, who, "/api/auth/notices/acknowledge", { id });

/** The sessions whose sign-in is news to this one. */
async function news(who: SignedInPhone): Promise<string[]> {
  const { body } = await send(who, "GET", "/api/auth/notices");
  const notices = body.notices as { type: string; session_id: string }[];
  return notices.filter(({ type }) => type === "new_sign_in").map(({ session_id }) => session_id);
}
const tells = async (who: SignedInPhone, whose: SignedInPhone) =>
  (await news(who)).includes(whose.tokens.session_id) ? "told" : "not told";

describe("without the password, a phished session", () => {
  attack(
    "ends all other sessions, by both faces",
    "2 × 403 step_up_required; the phone 200, the other device 200",
    async () => {
      const other = await openPhone(service, "alice");
      const phished = await phishedBy(phone);
      const answers = [
        await endOthers(phished),
        await byPhone(service, phished, "/api/trpc/sessions.revokeOthers", {}),
      ];
      return `${toldOfAll(answers)}; the phone ${await lives(phone)}, the other device ${await lives(other)}`;
    },
  );

  attack(
    "ends the phone that approved it, and another device, one by one",
    "403 forbidden, 403 step_up_required; the phone 200, the other device 200",
    async () => {
      const other = await openPhone(service, "alice");
      const phished = await phishedBy(phone);
      const answers = [await end(phished, phone), await end(phished, other)];
      return `${toldOfAll(answers)}; the phone ${await lives(phone)}, the other device ${await lives(other)}`;
    },
  );

  attack("ends itself", "204", async () => {
    const phished = await phishedBy(phone);
    return told(await end(phished, phished));
  });

  attack(
    "acknowledges its own notice, and that of a second phished session",
    "2 × 403 step_up_required; a later sign-in gets notices of both",
    async () => {
      const [one, two] = [await phishedBy(phone), await phishedBy(phone)];
      const answers = [
        await acknowledge(one, one.tokens.session_id),
        await acknowledge(one, two.tokens.session_id),
      ];
      const later = await openPhone(service, "alice");
      const both = (await tells(later, one)) === "told" && (await tells(later, two)) === "told";
      return `${toldOfAll(answers)}; a later sign-in gets ${both ? "notices of both" : "not both notices"}`;
    },
  );
});

describe("after the password was entered in it, a session made by QR code", () => {
  attack(
    "ends all others: but never the one that approved it, nor the one that approved that",
    "200 with 1 ended; the phone 200, the computer between 200, the other device 401 session_revoked",
    async () => {
      const other = await openPhone(service, "alice");
      const between = await phishedBy(phone);
      await stepUp(between);
      const last = await phishedBy(between);
      await stepUp(last);
      const answer = await endOthers(last);
      return `${told(answer)} with ${answer.body.revoked} ended; the phone ${await lives(phone)}, the computer between ${await lives(between)}, the other device ${await lives(other)}`;
    },
  );

  attack("ends the phone by its id", "403 forbidden; the phone 200", async () => {
    const phished = await phishedBy(phone);
    await stepUp(phished);
    return `${told(await end(phished, phone))}; the phone ${await lives(phone)}`;
  });

  attack("acknowledges its own sign-in", "404 not_found; the other device gets its notice", async () => {
    const other = await openPhone(service, "alice");
    const phished = await phishedBy(phone);
    await stepUp(phished);
    const answer = told(await acknowledge(phished, phished.tokens.session_id));
    return `${answer}; the other device gets ${(await tells(other, phished)) === "told" ? "its notice" : "none"}`;
  });
});

describe("the owner", () => {
  attack(
    "takes it back from the phone that approved it, at any time and without the password",
    "by the phone 204; by a computer that was itself signed in by code, eleven minutes after its step-up, 204",
    async () => {
      const first = told(await end(phone, await phishedBy(phone)));
      const computer = await phishedBy(phone);
      await stepUp(computer);
      const second = await phishedBy(computer);
      service.clock.advance(660);
      return `by the phone ${first}; by a computer that was itself signed in by code, eleven minutes after its step-up, ${told(await end(computer, second))}`;
    },
  );

  attack(
    "signs in again after the phone's session ended: the notice is there until it is acknowledged, once for the account",
    "told; acknowledged 204, again 204; then not told, and not told after another sign-in",
    async () => {
      const phished = await phishedBy(phone);
      await byPhone(service, phone, "/api/auth/logout", {});
      service.clock.advance(60);
      const later = await openPhone(service, "alice");
      const first = await tells(later, phished);
      const answers = [
        told(await acknowledge(later, phished.tokens.session_id)),
        told(await acknowledge(later, phished.tokens.session_id)),
      ];
      const then = await tells(later, phished);
      const last = await tells(await openPhone(service, "alice"), phished);
      return `${first}; acknowledged ${answers.join(", again ")}; then ${then}, and ${last} after another sign-in`;
    },
  );
});
