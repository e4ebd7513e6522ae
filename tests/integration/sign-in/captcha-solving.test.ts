import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CaptchaProgress, createCountersignClient, memoryDeviceKeyStore } from "../../../src/client";
import { APP_URL, PASSWORD, startService, type TestService } from "../../helpers/service";

const APP = "https://app.example.com";
const WORK_TIMEOUT_IN_MS = 300_000;

let service: TestService;

beforeEach(async () => {
  service = await startService({ CAPTCHA: "adaptive", CORS_ORIGINS: APP });
  await service.addUser("reports");
});
afterEach(() => service.close());

/** A container that has just been made: a key that nobody has seen. */
function freshProgram() {
  return createCountersignClient({
    url: APP_URL,
    delivery: "body",
    deviceKeyStore: memoryDeviceKeyStore(),
    fetch: (url, init) => service.api(new Request(url, init), { address: "192.0.2.77" }),
  });
}

describe("a program whose account somebody has tried to guess", () => {
  it('signs in all the same with captcha: "solve", by two rounds of work', {
    timeout: WORK_TIMEOUT_IN_MS,
  }, async () => {
    const guesser = freshProgram();
    for (let guess = 0; guess < 3; guess += 1) {
      const outcome = await guesser.auth.signInWithPassword({
        username: "reports",
        password: `guess ${guess}`,
        captcha: "solve",
      });
      expect(outcome).toEqual({ status: "invalid_credentials" });
    }
    guesser.close();
    const rounds = new Set<number>();
    let latest: CaptchaProgress | undefined;
    const client = freshProgram();
    const outcome = await client.auth.signInWithPassword({
      username: "reports",
      password: PASSWORD,
      captcha: "solve",
      onCaptcha(progress) {
        rounds.add(progress.round);
        latest = progress;
      },
    });
    client.close();
    expect(outcome.status).toBe("signed_in");
    expect([...rounds]).toEqual([1, 2]);
    expect(latest).toMatchObject({ share: 1, kind: "pow", atMostInMs: expect.any(Number) });
  });
});

describe("the picture of a check", () => {
  async function picture() {
    const { body } = await service.call("/api/auth/get_t");
    const { id } = body.captcha as { id: string };
    // An <img> sends no Origin.
    const headers = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "no-cors",
      "sec-fetch-dest": "image",
    };
    return service.call(`/api/auth/captcha?id=${id}`, { headers });
  }

  it("may be shown by a page of a listed origin", async () => {
    const { status, headers } = await picture();
    expect([status, headers.get("cross-origin-resource-policy")]).toEqual([200, "cross-origin"]);
  });

  it("is for our own pages where no origin is listed, and everything else is in any case", async () => {
    expect((await service.call("/api/health")).headers.get("cross-origin-resource-policy")).toBe(
      "same-origin",
    );
    await service.close();
    service = await startService({ CAPTCHA: "adaptive" });
    expect((await picture()).headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });
});
