import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { weighScripts } from "../../helpers/process/script-weight";
import { type RunningServer, startServer } from "../../helpers/process/server";

/** What it weighed before there were passkeys: bytes above the framework's own, compressed. */
const BEFORE_PASSKEYS = 25_190;

describe("the script of the sign-in page", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
  });
  afterAll(async () => {
    await server?.dispose();
  });

  it("grew by 3 KiB at most for those who use no passkey", async () => {
    const { framework, ours } = await weighScripts(process.cwd(), server);
    expect(framework).toBeGreaterThan(0);
    expect(ours - BEFORE_PASSKEYS).toBeLessThanOrEqual(3 * 1024);
  });
});
