import { afterAll, beforeAll, describe } from "vitest";
import { attack, told } from "../helpers/lab/attack";
import { Authenticator } from "../helpers/passkeys/authenticator";
import { addPasskey } from "../helpers/passkeys/steps";
import {
  type Answer,
  boundHeaders,
  newDevice,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import {
  byComputer,
  byPhone,
  confirm,
  createQr,
  deny,
  enterCode,
  meBy,
  redeem,
  type SignedInPhone,
  scan,
  signedInPhone,
  statusOf,
} from "../helpers/steps/qr";

/**
 * QRLJacking and relay phishing: the attacker asks for a code with a browser of their own and gets the victim to scan it.
 * The code alone gains nothing; what a victim can be talked into is listed as what it is.
 */
const VICTIM = { address: "203.0.113.20" };
const ATTACKER = { address: "198.51.100.66" };

let service: TestService;
let victim: SignedInPhone;
let owners = 0;

beforeAll(async () => {
  service = await startService({ LIMIT_QR_CLAIMS: "100000", LIMIT_WRONG_MATCH_CODES: "100000" });
  await service.addUser("victim");
  victim = await signedInPhone(service, "victim");
});
afterAll(() => service.close());

const attackersCode = () => createQr(service, ATTACKER);
const scanned = async (computer: Awaited<ReturnType<typeof attackersCode>>) =>
  scan(service, victim, computer, VICTIM);

describe("a code of the attacker's, brought before the victim", () => {
  attack(
    "the victim only scans (or its camera app opens the address): the attacker redeems",
    "400 authorization_pending",
    async () => {
      const computer = await attackersCode();
      await scanned(computer);
      return told(await redeem(service, computer));
    },
  );

  attack(
    "what the victim is shown before approving: whose browser it is",
    "ip 198.51.100.66, same network: no, confirmation: code",
    async () => {
      const { request, confirmation } = (await scanned(await attackersCode())).body as {
        request: { ip: string; same_network: boolean };
        confirmation: string;
      };
      return `ip ${request.ip}, same network: ${request.same_network ? "yes" : "no"}, confirmation: ${confirmation}`;
    },
  );

  attack(
    "the victim taps approve from another network, without the six digits",
    "409 code_required, then 400 authorization_pending",
    async () => {
      const computer = await attackersCode();
      const approved = await confirm(service, victim, await scanned(computer));
      return `${told(approved)}, then ${told(await redeem(service, computer))}`;
    },
  );

  attack(
    "the attacker guesses the six digits once and the victim approves",
    "400 code_mismatch, then 409 code_required",
    async () => {
      const computer = await attackersCode();
      const claim = await scanned(computer);
      const wrong = String((Number(claim.body.code) + 1) % 1_000_000).padStart(6, "0");
      const guessed = await enterCode(service, computer, wrong);
      return `${told(guessed)}, then ${told(await confirm(service, victim, claim))}`;
    },
  );

  attack(
    "the attacker's computer learns the six digits from the service",
    "in no answer to the computer",
    async () => {
      const computer = await attackersCode();
      const { code } = (await scanned(computer)).body;
      const answers: Answer[] = [
        await statusOf(service, computer),
        await redeem(service, computer),
        await enterCode(service, computer, "000000"),
      ];
      const isThere = answers.some(({ body }) => JSON.stringify(body).includes(String(code)));
      return isThere ? "in an answer" : "in no answer to the computer";
    },
  );

  attack(
    "the attacker writes the victim's address into forwarding headers, to look near",
    "confirmation: code",
    async () => {
      const headers = { "x-forwarded-for": VICTIM.address, forwarded: `for=${VICTIM.address}` };
      const computer = await createQr(service, { ...ATTACKER, headers });
      return `confirmation: ${(await scanned(computer)).body.confirmation}`;
    },
  );

  attack(
    "the attacker sends a forwarding header of its own, to be of unknown address, and relays",
    "shown: 198.51.100.66, perhaps a proxy's, confirmation code; in the session list: 198.51.100.66",
    async () => {
      const hidden = { ...ATTACKER, network: null };
      const computer = await createQr(service, hidden);
      const claim = await scanned(computer);
      const { request, confirmation } = claim.body as {
        request: { ip: string; ip_may_be_proxy: boolean };
        confirmation: string;
      };
      const body = { device_code: computer.deviceCode };
      const byAttacker = (path: string, more: object) =>
        byComputer(service, computer.device, `/api/auth/qr/${path}`, { ...body, ...more }, hidden);
      await byAttacker("code", { code: claim.body.code });
      await confirm(service, victim, claim);
      const { session_id } = (await byAttacker("token", {})).body;
      const { sessions } = (await byPhone(service, victim, "/api/auth/sessions")).body as {
        sessions: { id: string; address: string | null }[];
      };
      const listed = sessions.find(({ id }) => id === session_id)?.address;
      const mark = request.ip_may_be_proxy ? ", perhaps a proxy's" : "";
      return `shown: ${request.ip}${mark}, confirmation ${confirmation}; in the session list: ${listed}`;
    },
  );

  attack(
    "the victim scans at home, leaves, and scans the same code again from elsewhere, to make a tap of a code",
    "first code, then code",
    async () => {
      const computer = await attackersCode();
      const first = await scanned(computer);
      const again = await scan(service, victim, computer, ATTACKER);
      return `first ${first.body.confirmation}, then ${again.body.confirmation}`;
    },
  );

  attack("the victim denies; the attacker redeems", "204, then 400 access_denied", async () => {
    const computer = await attackersCode();
    const denied = await deny(service, victim, await scanned(computer));
    return `${told(denied)}, then ${told(await redeem(service, computer))}`;
  });

  attack(
    "consent phishing: what the attacker's browser calls itself is shown with its address, not trusted",
    "no name of the attacker's choice, ip 198.51.100.66",
    async () => {
      const agent = "Countersign Support <b>approve me</b>";
      const headers = { "user-agent": agent };
      const claim = await scanned(await createQr(service, { ...ATTACKER, headers }));
      const shown = JSON.stringify(claim.body);
      const { ip } = claim.body.request as { ip: string };
      return `${/Support|approve me|<b>/.test(shown) ? "the attacker's words" : "no name of the attacker's choice"}, ip ${ip}`;
    },
  );
});

describe("typed instead of scanned", () => {
  attack(
    "the victim types the attacker's eight letters: the six digits are asked for all the same",
    "confirmation: code; confirm 409 code_required",
    async () => {
      const { userCode } = await attackersCode();
      const json = { user_code: userCode };
      const claim = await byPhone(service, victim, "/api/auth/qr/scan", json, VICTIM);
      return `confirmation: ${claim.body.confirmation}; confirm ${told(await confirm(service, victim, claim))}`;
    },
  );
});

describe("fixation", () => {
  attack(
    "the attacker prepares a code, hands its device_code to the victim's browser and redeems with the own key",
    "victim 401 device_mismatch, attacker 400 authorization_pending",
    async () => {
      const computer = await attackersCode();
      const byVictim = await byComputer(service, await newDevice(), "/api/auth/qr/token", {
        device_code: computer.deviceCode,
      });
      return `victim ${told(byVictim)}, attacker ${told(await redeem(service, computer))}`;
    },
  );
});

describe("the same relays where only known computers are approved (QR_FOR=known)", () => {
  let strict: TestService;
  beforeAll(async () => {
    strict = await service.another({ QR_FOR: "known" });
  });
  afterAll(() => strict.close());

  async function relay(from: { address: string }): Promise<string> {
    const computer = await createQr(strict, from);
    const claim = await scan(strict, victim, computer, VICTIM);
    await enterCode(strict, computer, claim.body.code ?? "000000");
    const approved = await confirm(strict, victim, claim);
    return `scan ${told(claim)}; confirm ${told(approved)}; redeem ${told(await redeem(strict, computer))}`;
  }
  const refused = "scan 403 unknown_device; confirm 400 invalid_request; redeem 400 access_denied";

  attack("a live relay with a victim who does all that the attacker says", refused, () => relay(ATTACKER));

  attack("an attacker in the victim's own network, and a victim who taps approve", refused, () =>
    relay(VICTIM),
  );

  attack(
    "the attacker's computer is known: to the attacker's own account",
    "scan 403 unknown_device; redeem 400 access_denied",
    async () => {
      await strict.addUser("attacker");
      const { device } = await signedInPhone(strict, "attacker");
      const computer = await createQr(strict, { ...ATTACKER, device });
      const claim = await scan(strict, victim, computer, VICTIM);
      return `scan ${told(claim)}; redeem ${told(await redeem(strict, computer))}`;
    },
  );
});

describe("a stolen session of a phone, with its key and without its authenticator (QR_APPROVAL=auto)", () => {
  const stolen = async (): Promise<SignedInPhone> => {
    owners += 1;
    const name = `owner${owners}`;
    await service.addUser(name);
    const phone = await signedInPhone(service, name);
    await addPasskey(service, phone.tokens, phone.device, new Authenticator());
    return phone;
  };

  attack("the thief approves a computer of theirs", "403 user_verification_required", async () => {
    const thief = await stolen();
    const computer = await createQr(service, VICTIM);
    return told(await confirm(service, thief, await scan(service, thief, computer, VICTIM)));
  });

  attack("the thief signs with an authenticator of their own", "401 invalid_passkey", async () => {
    const thief = await stolen();
    const claim = await scan(service, thief, await createQr(service, VICTIM), VICTIM);
    const options = claim.body.passkey_options as { challenge: string };
    const passkey = new Authenticator().get(options, { userHandle: "dGhpZWY" });
    const json = { ticket: claim.body.ticket, passkey };
    return told(await byPhone(service, thief, "/api/auth/qr/confirm", json));
  });
});

describe("what is not stopped, and what remains then", () => {
  attack(
    "a live relay: the victim reads the six digits out to the attacker and approves",
    "the attacker is in; a notice on the other device; revoked in one call; then 401 session_revoked",
    async () => {
      const otherDevice = await signedInPhone(service, "victim");
      const computer = await attackersCode();
      const claim = await scanned(computer);
      await enterCode(service, computer, claim.body.code);
      await confirm(service, victim, claim);
      const tokens = (await redeem(service, computer)).body as unknown as Tokens;
      const isIn = (await meBy(service, computer.device, tokens)).status === 200;
      const { notices } = (await byPhone(service, otherDevice, "/api/auth/notices")).body as {
        notices: { session_id: string; type: string }[];
      };
      const notice = notices.find(
        ({ session_id, type }) => type === "new_sign_in" && session_id === tokens.session_id,
      );
      const path = `/api/auth/sessions/${notice?.session_id}`;
      const { device, tokens: own } = otherDevice;
      const headers = await boundHeaders(device, "DELETE", path, own.access_token, service.clock);
      await service.call(path, { method: "DELETE", headers });
      const after = told(await meBy(service, computer.device, tokens));
      return `${isIn ? "the attacker is in" : "the attacker is out"}; ${notice ? "a notice on the other device" : "no notice"}; revoked in one call; then ${after}`;
    },
  );

  attack(
    "an attacker in the victim's own network: the victim taps approve without looking",
    "shown as same network, confirmation tap; the attacker is in",
    async () => {
      const computer = await createQr(service, VICTIM);
      const claim = await scanned(computer);
      await confirm(service, victim, claim);
      const { same_network } = claim.body.request as { same_network: boolean };
      const shown = `shown as ${same_network ? "same" : "another"} network, confirmation ${claim.body.confirmation}`;
      const { status } = await redeem(service, computer);
      return `${shown}; the attacker is ${status === 200 ? "in" : "out"}`;
    },
  );
});
