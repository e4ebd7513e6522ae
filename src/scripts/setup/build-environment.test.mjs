import { afterEach, describe, expect, it, vi } from "vitest";
import { buildEnvironment } from "./build-environment.mjs";

afterEach(() => vi.unstubAllEnvs());

describe("buildEnvironment", () => {
  it("keeps the operator's settings and secrets out of the build", () => {
    for (const name of [
      "SECRETS",
      "APP_URL",
      "DATABASE_URL",
      "DATA_DIR",
      "CAPTCHA",
      "NEXT_PUBLIC_NAME",
      "npm_config_x",
    ]) {
      vi.stubEnv(name, "canary");
    }
    expect(Object.values(buildEnvironment())).not.toContain("canary");
  });

  it("builds for production, whatever NODE_ENV says", () => {
    vi.stubEnv("NODE_ENV", "development");
    expect(buildEnvironment()).toMatchObject({ NODE_ENV: "production", PATH: process.env.PATH });
  });
});
