import { afterEach, beforeEach, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { type Answer, newDevice, startService, type TestService } from "../helpers/service";
import {
  byPhone,
  cancel,
  confirm,
  createQr,
  enterCode,
  openPhone,
  type SignedInPhone,
  scan,
  type WaitingComputer,
} from "../helpers/steps/qr";
import { times } from "../helpers/steps/sign-in";

/** Security bar 43 and 48: what can be guessed is few tries long, and what can be filled has an end. */
let service: TestService;

beforeEach(async () => {
  service = await startService();
  await service.addUser("mallory");
});
afterEach(() => service.close());

const NEAR = "192.0.2.1";
const FAR = "198.51.100.7";
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

/** The guess of a number: a code that no computer here has, but by a chance of one in 2^34. */
function userCodeGuess(index: number): string {
  return [...Array(8).keys()].map((place) => LETTERS[Math.floor(index / 20 ** place) % 20]).join("");
}
const typeIn = (phone: SignedInPhone, user_code: string, address = NEAR): Promise<Answer> =>
  byPhone(service, phone, "/api/auth/qr/scan", { user_code }, { address });
const phoneOf = (name: string) => openPhone(service, name);

/** Ten accounts type three wrong codes each. @returns what they were told, in sum */
async function tenSocksGuess(addressOf: (index: number, round: number) => string): Promise<string> {
  await times(10, (index) => service.addUser(`sock-${index}`));
  const phones = await times(10, (index) => phoneOf(`sock-${index}`));
  const answers: Answer[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (const [index, phone] of phones.entries())
      answers.push(await typeIn(phone, userCodeGuess(round * 10 + index), addressOf(index, round)));
  }
  return toldOfAll(answers);
}

/** A request that needs its six digits, the digits, and a function that enters others. */
async function claimedFromAfar(phone: SignedInPhone) {
  const computer = await createQr(service);
  const claim = await scan(service, phone, computer, { address: FAR });
  const code = Number(claim.body.code);
  const guess = (index: number) =>
    enterCode(service, computer, String((code + 1 + index) % 1_000_000).padStart(6, "0"));
  return { computer, claim, guess };
}

describe("typed codes", () => {
  attack(
    "one user types twenty wrong codes at once, then the right one",
    "5 × 404 qr_not_found, 15 × 429 too_many_attempts; the right one 429 too_many_attempts",
    async () => {
      const mallory = await phoneOf("mallory");
      const answers = await times(20, (index) => typeIn(mallory, userCodeGuess(index)));
      const { userCode } = await createQr(service);
      return `${toldOfAll(answers)}; the right one ${told(await typeIn(mallory, userCode))}`;
    },
  );

  attack(
    "asks for new codes in between, and types from another address and another session",
    "5 × 404 qr_not_found, 5 × 429 too_many_attempts",
    async () => {
      const answers: Answer[] = [];
      for (let index = 0; index < 10; index += 1) {
        await createQr(service);
        const phone = await phoneOf("mallory");
        answers.push(await typeIn(phone, userCodeGuess(index), `203.0.113.${index}`));
      }
      return toldOfAll(answers);
    },
  );

  attack(
    "types right codes in between: they give no wrong one back",
    "5 × 404 qr_not_found, 429 too_many_attempts",
    async () => {
      const mallory = await phoneOf("mallory");
      const answers: Answer[] = [];
      for (let index = 0; index < 6; index += 1) {
        answers.push(await typeIn(mallory, userCodeGuess(index)));
        if (index < 5) await typeIn(mallory, (await createQr(service)).userCode);
      }
      return toldOfAll(answers);
    },
  );

  attack(
    "ten accounts at one address type three wrong codes each",
    "20 × 404 qr_not_found, 10 × 429 too_many_attempts",
    () => tenSocksGuess(() => NEAR),
  );

  attack(
    "ten addresses of one IPv6 /64 are used by ten accounts: they count as one",
    "20 × 404 qr_not_found, 10 × 429 too_many_attempts",
    () => tenSocksGuess((index, round) => `2001:db8::${index}:${round}`),
  );

  attack(
    "a blocked user goes on, to block everybody at the address",
    "100 × 429 too_many_attempts; a neighbour types the right code: 200",
    async () => {
      const mallory = await phoneOf("mallory");
      await times(5, (index) => typeIn(mallory, userCodeGuess(index)));
      const answers = await times(100, (index) => typeIn(mallory, userCodeGuess(index)));
      await service.addUser("neighbour");
      const { userCode } = await createQr(service);
      const neighbours = await typeIn(await phoneOf("neighbour"), userCode);
      return `${toldOfAll(answers)}; a neighbour types the right code: ${told(neighbours)}`;
    },
  );

  attack(
    "the refusal says when to come back, and the camera still works",
    "after 1 to 900 seconds; by camera 200",
    async () => {
      const mallory = await phoneOf("mallory");
      const answers = await times(6, (index) => typeIn(mallory, userCodeGuess(index)));
      const refused = answers.find(({ status }) => status === 429);
      const wait = Number(refused?.headers.get("retry-after"));
      const byCamera = await scan(service, mallory, await createQr(service));
      return `after ${wait >= 1 && wait <= 900 ? "1 to 900" : wait} seconds; by camera ${told(byCamera)}`;
    },
  );
});

describe("the six digits", () => {
  attack(
    "fifty guesses at once at the computer, then the right one",
    "5 × 400 code_mismatch, 45 × 429 too_many_attempts; the right one 429 too_many_attempts; confirm 409 code_required",
    async () => {
      const mallory = await phoneOf("mallory");
      const { computer, claim, guess } = await claimedFromAfar(mallory);
      const answers = await times(50, guess);
      const right = await enterCode(service, computer, claim.body.code);
      const confirmed = await confirm(service, mallory, claim);
      return `${toldOfAll(answers)}; the right one ${told(right)}; confirm ${told(confirmed)}`;
    },
  );

  attack(
    "a new code for each guess, scanned by the same user",
    "5 × 400 code_mismatch, 5 × 429 too_many_attempts",
    async () => {
      const mallory = await phoneOf("mallory");
      const answers: Answer[] = [];
      for (let index = 0; index < 10; index += 1)
        answers.push(await (await claimedFromAfar(mallory)).guess(index));
      return toldOfAll(answers);
    },
  );

  attack(
    "right ones in between give no wrong one back",
    "5 × 400 code_mismatch, 429 too_many_attempts",
    async () => {
      const mallory = await phoneOf("mallory");
      const answers: Answer[] = [];
      for (let index = 0; index < 6; index += 1) {
        answers.push(await (await claimedFromAfar(mallory)).guess(0));
        const good = await claimedFromAfar(mallory);
        if (index < 5) await enterCode(service, good.computer, good.claim.body.code);
      }
      return toldOfAll(answers);
    },
  );

  attack(
    "another user's digits are guessed meanwhile: everybody has their own count",
    "the neighbour's digits: 204",
    async () => {
      await times(6, (await claimedFromAfar(await phoneOf("mallory"))).guess);
      await service.addUser("neighbour");
      const { computer, claim } = await claimedFromAfar(await phoneOf("neighbour"));
      return `the neighbour's digits: ${told(await enterCode(service, computer, claim.body.code))}`;
    },
  );

  attack(
    "the digits of one claim are tried at another request of the same phone",
    "400 code_mismatch",
    async () => {
      const mallory = await phoneOf("mallory");
      const [one, two] = [await claimedFromAfar(mallory), await claimedFromAfar(mallory)];
      const answer = await enterCode(service, two.computer, one.claim.body.code);
      // One in a million pairs is equal.
      return one.claim.body.code === two.claim.body.code ? "400 code_mismatch" : told(answer);
    },
  );

  attack(
    "digits are entered where none are asked for: before the scan, and where a tap is enough",
    "2 × 400 invalid_request",
    async () => {
      const [pending, near] = [await createQr(service), await createQr(service)];
      await scan(service, await phoneOf("mallory"), near);
      return toldOfAll([
        await enterCode(service, pending, "123456"),
        await enterCode(service, near, "123456"),
      ]);
    },
  );
});

describe("what can be filled", () => {
  const create = async (address = NEAR) => (await createQr(service, { address })).created;

  attack(
    "one address asks for 120 codes at once, another one for one",
    "100 × 201, 20 × 429 too_many_attempts; elsewhere 201",
    async () => {
      const answers = await times(120, () => create());
      return `${toldOfAll(answers)}; elsewhere ${told(await create(FAR))}`;
    },
  );

  attack(
    "codes that ended make room again: cancelled, and expired",
    "429 too_many_attempts, then 201; after their time 2 × 201",
    async () => {
      const computers = await times(100, () => createQr(service));
      const full = await create();
      await cancel(service, computers[0] as WaitingComputer);
      const room = await create();
      service.clock.advance(121);
      return `${told(full)}, then ${told(room)}; after their time ${toldOfAll([await create(), await create()])}`;
    },
  );

  attack("one browser (key) spreads over addresses: each address has its own cap", "201, 201", async () => {
    const device = await newDevice();
    const [one, two] = [
      await createQr(service, { device, address: NEAR }),
      await createQr(service, { device, address: FAR }),
    ];
    return [one, two].map(({ created }) => told(created)).join(", ");
  });

  attack("one user claims 70 codes within a minute", "60 × 200, 10 × 429 too_many_attempts", async () => {
    const mallory = await phoneOf("mallory");
    const computers = await times(70, () => createQr(service));
    const answers: Answer[] = [];
    for (const computer of computers) answers.push(await scan(service, mallory, computer));
    return toldOfAll(answers);
  });

  attack(
    "races that one lost do not count: 70 lost, then an own code",
    "70 × 409 qr_already_claimed; an own code 200",
    async () => {
      await service.addUser("quick");
      const [quick, mallory] = [await phoneOf("quick"), await phoneOf("mallory")];
      const computer = await createQr(service);
      await scan(service, quick, computer);
      // Half of them at once: those whose race is not over yet do count, and 60 in a minute are the limit.
      const answers = [
        ...(await times(35, () => scan(service, mallory, computer))),
        ...(await times(35, () => scan(service, mallory, computer))),
      ];
      const own = await scan(service, mallory, await createQr(service));
      return `${toldOfAll(answers)}; an own code ${told(own)}`;
    },
  );

  attack(
    "the claimant scans its own code 70 times: they do not count",
    "70 × 200; another code 200",
    async () => {
      const mallory = await phoneOf("mallory");
      const computer = await createQr(service);
      const answers: Answer[] = [];
      for (let index = 0; index < 70; index += 1) answers.push(await scan(service, mallory, computer));
      const other = await scan(service, mallory, await createQr(service));
      return `${toldOfAll(answers)}; another code ${told(other)}`;
    },
  );
});
