import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type PowChallenge, solvePow } from "../../../src/client/pow/solve-pow";
import { drawn } from "../../helpers/noted-captcha";
import { newDevice, PASSWORD, startService, type TestService } from "../../helpers/service";
import {
  attempt,
  getTicket,
  login,
  storedBytes,
  type Ticket,
  tally,
  times,
} from "../../helpers/steps/sign-in";

vi.mock("../../../src/modules/captcha/image", async (importActual) => {
  const { noteAnswers } = await import("../../helpers/noted-captcha");
  return noteAnswers(await importActual());
});

let service: TestService;
const right = { username: "ada", password: PASSWORD };

beforeEach(async () => {
  service = await startService({ CAPTCHA: "always" });
  await service.addUser("ada");
});

afterEach(() => service.close());

type Captcha = Ticket["captcha"];

async function draw(id: string): Promise<string> {
  const answer = await service.call(`/api/auth/captcha?id=${id}`);
  if (answer.status !== 200) throw new Error(`captcha answered ${answer.status}`);
  return drawn.at(-1) ?? "";
}

const image = (id: string, answer: string) => ({ id, kind: "image", answer });
const nextOf = (body: Record<string, unknown>) => body.captcha as Captcha;

describe("a picture", () => {
  it("lets the sign-in go on when it was read right, in either case and with spaces", async () => {
    const { t, captcha } = await getTicket(service);
    expect(captcha).toMatchObject({ required: true, kinds: ["image", "pow"] });
    const answer = await draw(captcha.id);
    const typed = ` ${answer.toLowerCase().slice(0, 2)} ${answer.toLowerCase().slice(2)} `;
    expect((await login(service, { t, ...right, captcha: image(captcha.id, typed) })).status).toBe(200);
  });

  it("is a PNG that nobody keeps", async () => {
    const { captcha } = await getTicket(service);
    const request = new Request(`http://localhost:3000/api/auth/captcha?id=${captcha.id}`);
    const response = await service.api(request, { address: "192.0.2.1" });
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
  });

  it("is asked for before the password is looked at", async () => {
    const { t, captcha } = await getTicket(service);
    for (const password of [PASSWORD, "wrong"]) {
      const answer = await login(service, { t, username: "ada", password });
      expect(answer.body).toMatchObject({ error: "captcha_required", captcha: { id: captcha.id } });
    }
  });

  it("is used up by a wrong answer; the ticket goes on with another one", async () => {
    const { t, captcha } = await getTicket(service);
    const answer = await draw(captcha.id);
    const failed = await login(service, { t, ...right, captcha: image(captcha.id, "WRONG") });
    expect(failed.body.error).toBe("captcha_failed");
    expect(nextOf(failed.body).id).not.toBe(captcha.id);
    const replay = await login(service, { t, ...right, captcha: image(captcha.id, answer) });
    expect(replay.body.error).toBe("captcha_failed");

    const next = nextOf(replay.body);
    const fresh = await draw(next.id);
    expect((await login(service, { t, ...right, captcha: image(next.id, fresh) })).status).toBe(200);
  });

  it("works once: not for a second ticket, and not again after a wrong password", async () => {
    const first = await getTicket(service);
    const answer = await draw(first.captcha.id);
    const captcha = image(first.captcha.id, answer);
    const wrong = await login(service, { t: first.t, username: "ada", password: "wrong", captcha });
    expect(wrong.body.error).toBe("invalid_credentials");
    expect((await login(service, { t: first.t, ...right, captcha })).body.error).toBe("invalid_ticket");
    const second = await getTicket(service);
    expect((await login(service, { t: second.t, ...right, captcha })).body.error).toBe("captcha_failed");
  });

  it("serves only its own ticket: swapped answers are refused", async () => {
    const [mine, other] = [await getTicket(service), await getTicket(service)];
    const otherAnswer = await draw(other.captcha.id);
    await draw(mine.captcha.id);
    const swapped = await login(service, {
      t: mine.t,
      ...right,
      captcha: image(other.captcha.id, otherAnswer),
    });
    expect(swapped.body.error).toBe("captcha_failed");
    const copied = await login(service, {
      t: mine.t,
      ...right,
      captcha: image(nextOf(swapped.body).id, otherAnswer),
    });
    expect(copied.body.error).toBe("captcha_failed");
    // The other ticket took no harm.
    const good = await login(service, {
      t: other.t,
      ...right,
      captcha: image(other.captcha.id, otherAnswer),
    });
    expect(good.status).toBe(200);
  });

  it("is not answered before it was drawn, nor by nothing", async () => {
    const { t, captcha } = await getTicket(service);
    const blind = await login(service, { t, ...right, captcha: image(captcha.id, "A") });
    expect(blind.body.error).toBe("captcha_failed");
    const next = nextOf(blind.body);
    await draw(next.id);
    expect((await login(service, { t, ...right, captcha: image(next.id, " ") })).body.error).toBe(
      "captcha_failed",
    );
  });

  it("stops counting when a new one is drawn; it is drawn once and five times again", async () => {
    const { t, captcha } = await getTicket(service);
    const answers = [];
    for (let i = 0; i < 6; i += 1) answers.push(await draw(captcha.id));
    const seventh = await service.call(`/api/auth/captcha?id=${captcha.id}`);
    expect(seventh.status).toBe(404);
    const good = await login(service, { t, ...right, captcha: image(captcha.id, answers[5] ?? "") });
    expect(good.status).toBe(200);

    const later = await getTicket(service);
    const old = await draw(later.captcha.id);
    await draw(later.captcha.id);
    const stale = await login(service, { t: later.t, ...right, captcha: image(later.captcha.id, old) });
    expect(stale.body.error).toBe("captcha_failed");
  });

  it("is drawn for six of twenty who ask at once", async () => {
    const { captcha } = await getTicket(service);
    const answers = await times(20, () => service.call(`/api/auth/captcha?id=${captcha.id}`));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(6);
  });

  it("lets one of twenty in who send the right answer at once", async () => {
    const { t, captcha } = await getTicket(service);
    const answer = await draw(captcha.id);
    const body = { t, ...right, captcha: image(captcha.id, answer) };
    const answers = await times(20, () => login(service, body));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.every(({ status }) => status === 200 || status === 400)).toBe(true);
  });

  it("is read once when wrong and right answers race", async () => {
    const { t, captcha } = await getTicket(service);
    const answer = await draw(captcha.id);
    const alphabet = [..."ABCDEFGHJK"];
    const answers = await times(10, (index) =>
      login(service, {
        t,
        ...right,
        captcha: image(captcha.id, index === 9 ? answer : (alphabet[index] ?? "").repeat(answer.length)),
      }),
    );
    const { "200": passed = 0, captcha_failed = 0, invalid_ticket = 0 } = tally(answers);
    expect(passed + captcha_failed + invalid_ticket).toBe(10);
    expect(passed).toBeLessThanOrEqual(1);
    expect(captcha_failed + passed).toBeGreaterThan(0);
    const late = await login(service, { t, ...right, captcha: image(captcha.id, answer) });
    expect(late.status).toBe(400);
  });

  it("goes with its ticket: not drawn after it was used, has run out, or for an unknown id", async () => {
    const { t, captcha } = await getTicket(service);
    const answer = await draw(captcha.id);
    await login(service, { t, ...right, captcha: image(captcha.id, answer) });
    expect((await service.call(`/api/auth/captcha?id=${captcha.id}`)).status).toBe(404);
    expect((await service.call(`/api/auth/captcha/pow?id=${captcha.id}`)).status).toBe(404);
    const late = await getTicket(service);
    service.clock.advance(121);
    expect((await service.call(`/api/auth/captcha?id=${late.captcha.id}`)).status).toBe(404);
    expect((await service.call("/api/auth/captcha?id=unknown")).status).toBe(404);
    expect((await service.call("/api/auth/captcha")).status).toBe(400);
  });

  it("is stored as a keyed hash of its text", async () => {
    const { captcha } = await getTicket(service);
    const answer = await draw(captcha.id);
    const stored = storedBytes(service);
    expect(stored.includes(captcha.id)).toBe(true);
    expect(stored.includes(answer)).toBe(false);
    expect(stored.includes(answer.toLowerCase())).toBe(false);
  });

  it("once passed stays passed for its ticket while the account has to wait", async () => {
    for (let i = 0; i < 5; i += 1) {
      const { t, captcha } = await getTicket(service);
      const answer = image(captcha.id, await draw(captcha.id));
      await login(service, { t, username: "ada", password: "wrong", captcha: answer });
    }
    const { t, captcha } = await getTicket(service);
    const answer = image(captcha.id, await draw(captcha.id));
    expect((await login(service, { t, ...right, captcha: answer })).status).toBe(429);
    service.clock.advance(61);
    expect((await login(service, { t, ...right })).status).toBe(200);
  });
});

describe("proof of work", () => {
  const solve = async (id: string) => {
    const { body } = await service.call(`/api/auth/captcha/pow?id=${id}`);
    return { id, kind: "pow", answer: await solvePow(body as unknown as PowChallenge) };
  };

  beforeEach(async () => {
    await service.close();
    service = await startService({ CAPTCHA: "adaptive" });
    await service.addUser("ada");
  });

  it("lets the sign-in go on once, and only with its ticket", async () => {
    const [mine, other] = [await getTicket(service), await getTicket(service)];
    expect(mine.captcha.kinds[0]).toBe("pow");
    const captcha = await solve(mine.captcha.id);
    const renamed = { ...captcha, id: other.captcha.id };
    expect((await login(service, { t: other.t, ...right, captcha: renamed })).body.error).toBe(
      "captcha_failed",
    );
    const wrong = await login(service, { t: mine.t, username: "ada", password: "wrong", captcha });
    expect(wrong.body.error).toBe("invalid_credentials");
    const again = await getTicket(service);
    expect((await login(service, { t: again.t, ...right, captcha })).body.error).toBe("captcha_failed");
    const moved = { ...captcha, id: again.captcha.id };
    expect((await login(service, { t: again.t, ...right, captcha: moved })).body.error).not.toBe(
      "invalid_credentials",
    );
  });

  it("done for the first rung does not pass for the second", async () => {
    const { t, captcha } = await getTicket(service);
    const easy = await solve(captcha.id);
    for (let i = 0; i < 3; i += 1) await failOnce(i);
    const risen = await login(service, { t, ...right, captcha: easy });
    expect(risen.body.error).toBe("captcha_required");
    expect(nextOf(risen.body).kinds[0]).toBe("image");
    const again = await login(service, { t, ...right, captcha: { ...easy, id: nextOf(risen.body).id } });
    expect(again.body.error).toBe("captcha_failed");
  });

  async function failOnce(index: number): Promise<void> {
    const { t, captcha } = await getTicket(service);
    const body = { t, username: "ada", password: `wrong ${index}` };
    const answer = await login(service, { ...body, captcha: image(captcha.id, await draw(captcha.id)) });
    expect(answer.body.error).toBe("invalid_credentials");
  }
});

describe("the ladder", () => {
  beforeEach(async () => {
    await service.close();
    service = await startService({ CAPTCHA: "adaptive" });
    await service.addUser("ada");
  });

  /** Fails with whatever captcha is asked for. @returns the kinds that were offered at last */
  async function failWith(username: string): Promise<string[]> {
    const { t, captcha } = await getTicket(service);
    let offer = captcha;
    for (;;) {
      const passed = image(offer.id, await draw(offer.id));
      const answer = await login(service, { t, username, password: "wrong", captcha: passed });
      if (answer.body.error !== "captcha_required") return offer.kinds;
      offer = nextOf(answer.body);
    }
  }

  it("rises with wrong passwords, for names that exist and names that do not alike", async () => {
    const risks = [];
    for (const name of ["ada", "nobody"]) {
      await service.close();
      service = await startService({ CAPTCHA: "adaptive" });
      await service.addUser("ada");
      const offers = [];
      for (let i = 0; i < 4; i += 1) offers.push((await failWith(name))[0]);
      risks.push(offers);
    }
    expect(risks[0]).toEqual(["pow", "pow", "pow", "image"]);
    expect(risks[1]).toEqual(risks[0]);
  });

  it("rises for an address whose guesses go to ever other names", async () => {
    for (let i = 0; i < 10; i += 1) await failWith(`name-${i}`);
    expect((await getTicket(service)).captcha.kinds[0]).toBe("image");
    expect((await getTicket(service, { address: "198.51.100.77" })).captcha.kinds[0]).toBe("pow");
  });

  it("asks a known device for nothing, until its own guesses fail", async () => {
    const device = await newDevice();
    const first = await getTicket(service, { device });
    expect(first.captcha.required).toBe(true);
    const passed = image(first.captcha.id, await draw(first.captcha.id));
    expect((await login(service, { t: first.t, ...right, captcha: passed }, { device })).status).toBe(200);
    expect((await getTicket(service, { device })).captcha.required).toBe(false);
    expect((await attempt(service, "ada", PASSWORD, { device })).status).toBe(200);
    // To another account the same key is nobody.
    await service.addUser("grace");
    expect((await attempt(service, "grace", PASSWORD, { device })).body.error).toBe("captcha_required");
    expect((await attempt(service, "ada", "wrong", { device })).body.error).toBe("invalid_credentials");
    expect((await attempt(service, "ada", PASSWORD, { device })).body.error).toBe("captcha_required");
  });

  it("is off only when someone said so", async () => {
    const off = await startService();
    expect((await getTicket(off)).captcha.required).toBe(false);
    await off.close();
    expect((await getTicket(service)).captcha.required).toBe(true);
  });
});
