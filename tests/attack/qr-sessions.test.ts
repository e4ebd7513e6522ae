import Database from "better-sqlite3";
import { decodeJwt } from "jose";
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
  confirm,
  createQr,
  meBy,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
  signedInPhone,
  statusOf,
} from "../helpers/steps/qr";
import { refresh } from "../helpers/wire";

/** Security bar 44, 45 and 47: what a session made by QR may do, and what the phone's end does to one in the making. */
const NEW_PASSWORD = "an entirely new password";

let service: TestService;
let phone: SignedInPhone;

beforeEach(async () => {
  service = await startService({ ACCESS_TOKEN_LIFETIME: "3600" });
  await service.addUser("alice");
  phone = await signedInPhone(service, "alice");
});
afterEach(() => service.close());

/** A browser that was signed in by QR, as something that can itself act as a phone. */
async function signedInByQr(by = phone): Promise<SignedInPhone> {
  const computer = await approvedQr(service, by);
  return { device: computer.device, tokens: (await redeem(service, computer)).body as unknown as Tokens };
}

const changePassword = (who: SignedInPhone) =>
  byPhone(service, who, "/api/auth/password", { old_password: PASSWORD, new_password: NEW_PASSWORD });
const stepUp = (who: SignedInPhone, password = PASSWORD) =>
  byPhone(service, who, "/api/auth/step-up", { password });
const userId = async () => (await service.container.accounts.findByUsername("alice"))?.id ?? "";
const qrSessions = async () =>
  (await service.container.sessions.listLive(await userId())).filter(({ method }) => method === "qr").length;

async function revoke(who: SignedInPhone, sessionId: string): Promise<Answer> {
  const path = `/api/auth/sessions/${sessionId}`;
  const token = who.tokens.access_token;
  const headers = await boundHeaders(who.device, "DELETE", path, token, service.clock);
  return service.call(path, { method: "DELETE", headers });
}

describe("a session made by QR", () => {
  attack(
    "approves another code: by id, by typed code, and by the typed face",
    "3 × 403 step_up_required; still pending",
    async () => {
      const qr = await signedInByQr();
      const computer = await createQr(service);
      const answers = [
        await scan(service, qr, computer),
        await byPhone(service, qr, "/api/auth/qr/scan", { user_code: computer.userCode }),
        await byPhone(service, qr, "/api/trpc/qr.scan", { qr_id: computer.qrId }),
      ];
      return `${toldOfAll(answers)}; still ${(await statusOf(service, computer)).body.status}`;
    },
  );

  attack("changes the password with the right old one", "403 step_up_required", async () =>
    told(await changePassword(await signedInByQr())),
  );

  attack(
    "steps up with a wrong password, then tries",
    "401 invalid_credentials, 2 × 403 step_up_required",
    async () => {
      const qr = await signedInByQr();
      const wrong = await stepUp(qr, "a wrong password, of some length");
      return toldOfAll([wrong, await changePassword(qr), await scan(service, qr, await createQr(service))]);
    },
  );

  attack(
    "after the password: it may, for ten minutes; and the step-up serves no other session",
    "200; then 200; another QR session 403 step_up_required; after ten minutes 403 step_up_required",
    async () => {
      const [qr, other] = [await signedInByQr(), await signedInByQr()];
      const opened = told(await stepUp(qr));
      const allowed = told(await scan(service, qr, await createQr(service)));
      const others = told(await changePassword(other));
      service.clock.advance(601);
      const late = told(await scan(service, qr, await createQr(service)));
      return `${opened}; then ${allowed}; another QR session ${others}; after ten minutes ${late}`;
    },
  );

  attack(
    "renews its tokens for an hour, to look like one of a password or of just now",
    "acr sfa, amr qr, auth_time 3600 seconds ago",
    async () => {
      service.clock.stop();
      let { device, tokens } = await signedInByQr();
      for (let minute = 0; minute < 60; minute += 10) {
        service.clock.advance(600);
        const renewed = await refresh(service, tokens.refresh_token, device);
        tokens = renewed.body as unknown as Tokens;
      }
      const { acr, amr, auth_time } = decodeJwt(tokens.access_token);
      const ageInSeconds = Math.floor(service.clock.now().getTime() / 1000) - Number(auth_time);
      return `acr ${acr}, amr ${amr}, auth_time ${ageInSeconds} seconds ago`;
    },
  );

  attack(
    "confirms what it scanned while it was stepped up, after the ten minutes",
    "403 step_up_required",
    async () => {
      const qr = await signedInByQr();
      await stepUp(qr);
      service.clock.advance(580);
      const claim = await scan(service, qr, await createQr(service));
      service.clock.advance(30);
      return told(await confirm(service, qr, claim));
    },
  );

  attack(
    "lives for as long as one made by a password",
    "idle a day: 401 token_expired; kept busy for eight days: 401 token_expired",
    async () => {
      const idle = await signedInByQr();
      service.clock.advance(86_401);
      const slept = await refresh(service, idle.tokens.refresh_token, idle.device);
      const busy = await signedInByQr(await openPhone(service, "alice"));
      let token = busy.tokens.refresh_token;
      let last: Answer = slept;
      for (let half = 0; half < 16; half += 1) {
        service.clock.advance(43_200);
        last = await refresh(service, token, busy.device);
        if (last.status !== 200) break;
        token = String(last.body.refresh_token);
      }
      return `idle a day: ${told(slept)}; kept busy for eight days: ${told(last)}`;
    },
  );
});

describe("approved, and before the computer redeems", () => {
  const refusedAfter = (name: string, happen: () => Promise<unknown>) =>
    attack(name, "400 access_denied, 400 access_denied; denied; no session", async () => {
      const computer = await approvedQr(service, phone);
      service.clock.advance(1);
      await happen();
      const answers = [await redeem(service, computer), await redeem(service, computer)];
      const state = (await statusOf(service, computer)).body.status;
      const made = (await qrSessions()) === 0 ? "no session" : "a session";
      return `${answers.map(told).join(", ")}; ${state}; ${made}`;
    });

  refusedAfter("the phone signs out", () => byPhone(service, phone, "/api/auth/logout", {}));
  refusedAfter("the phone's session is revoked from another device", async () =>
    revoke(await openPhone(service, "alice"), phone.tokens.session_id),
  );
  refusedAfter("the phone itself changes the password", () => changePassword(phone));
  refusedAfter("another device changes the password", async () =>
    changePassword(await openPhone(service, "alice")),
  );
  refusedAfter("the operator sets a password", () =>
    service.container.accounts.resetPassword("alice", NEW_PASSWORD),
  );
  refusedAfter("the account is closed", () => service.container.accounts.disable("alice", "may_go"));
  refusedAfter("the phone's refresh token turns out stolen, and its session ends", async () => {
    const thief = await openPhone(service, "alice");
    return refresh(service, phone.tokens.refresh_token, thief.device);
  });

  /** What a service that dies in the middle of ending a session leaves: the end itself, and nothing that goes with it. */
  const writeRow = async (sql: string, ...values: string[]) => {
    const database = new Database(service.databaseFile);
    database.prepare(sql).run(...values);
    database.close();
  };
  const aTime = () => service.clock.now().toISOString().replace("Z", "+00:00");
  refusedAfter("the phone's session ends, and the service dies before it gets to the request", () =>
    writeRow('UPDATE "Session" SET "endedAt" = ? WHERE "id" = ?', aTime(), phone.tokens.session_id),
  );
  refusedAfter("the account is closed, and the service dies before it gets to the sessions", () =>
    writeRow('UPDATE "User" SET "disabledAt" = ? WHERE "username" = ?', aTime(), "alice"),
  );

  attack(
    "the phone's session ends on another instance, and this one redeems at once",
    "400 access_denied",
    async () => {
      const other = await service.another();
      const computer = await approvedQr(service, phone);
      await byPhone(service, phone, "/api/auth/me");
      await other.container.sessions.end({ userId: await userId(), id: phone.tokens.session_id }, "revoked", {
        actor: "system",
      });
      const answer = told(await redeem(service, computer));
      await other.close();
      return answer;
    },
  );
});

describe("scanned, and before the phone answers", () => {
  attack(
    "its session ends: the computer learns it at once, and the ticket opens nothing",
    "denied; 401 session_revoked; 400 access_denied",
    async () => {
      const computer = await createQr(service);
      const claim = await scan(service, phone, computer);
      await byPhone(service, phone, "/api/auth/logout", {});
      const state = (await statusOf(service, computer)).body.status;
      const late = told(await confirm(service, phone, claim));
      return `${state}; ${late}; ${told(await redeem(service, computer))}`;
    },
  );
});

describe("afterwards", () => {
  attack(
    "the phone signs out: the computer's session is its own; and the other way round",
    "the computer 200; the phone 200",
    async () => {
      const leaving = await openPhone(service, "alice");
      const one = await signedInByQr(leaving);
      await byPhone(service, leaving, "/api/auth/logout", {});
      const computers = told(await meBy(service, one.device, one.tokens));
      const two = await signedInByQr();
      await byPhone(service, two, "/api/auth/logout", {});
      return `the computer ${computers}; the phone ${told(await byPhone(service, phone, "/api/auth/me"))}`;
    },
  );

  attack(
    "the user's other devices hear of a sign-in by QR; one call revokes it",
    "the other device 1 notice with its session, the approver 0, the computer 0; revoked 204, then 401 session_revoked",
    async () => {
      const other = await openPhone(service, "alice");
      service.clock.advance(2);
      const qr = await signedInByQr();
      const noticesOf = async (who: SignedInPhone) => {
        const { notices } = (await byPhone(service, who, "/api/auth/notices")).body as {
          notices: { type: string; session_id: string; session_live: boolean }[];
        };
        return notices.filter(
          ({ type, session_id, session_live }) =>
            type === "new_sign_in" && session_id === qr.tokens.session_id && session_live,
        ).length;
      };
      const counts = [await noticesOf(other), await noticesOf(phone), await noticesOf(qr)];
      const revoked = told(await revoke(other, qr.tokens.session_id));
      const after = told(await meBy(service, qr.device, qr.tokens));
      return `the other device ${counts[0]} notice with its session, the approver ${counts[1]}, the computer ${counts[2]}; revoked ${revoked}, then ${after}`;
    },
  );
});
