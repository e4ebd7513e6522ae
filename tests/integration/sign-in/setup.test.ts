import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PASSWORD, startService, type TestService } from "../../helpers/service";
import { send, storedBytes } from "../../helpers/steps/sign-in";

let service: TestService;
let secret: string;

beforeEach(async () => {
  service = await startService();
  secret = (await service.container.setupLink.renew()) ?? "";
});

afterEach(() => service.close());

const claim = (withSecret: string, username = "ada", password = PASSWORD) =>
  send(service, "POST", "/api/auth/setup", { secret: withSecret, username, password });

describe("the set-up link", () => {
  it("makes the owner, who can sign in and is the owner", async () => {
    expect((await service.call("/api/auth/setup")).body).toMatchObject({
      open: true,
      password_min_length: 15,
    });
    const made = await claim(secret);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({ username: "ada" });
    const { access_token } = await service.signIn("ada");
    const me = await service.call("/api/auth/me", { headers: { authorization: `Bearer ${access_token}` } });
    expect(me.body.user).toMatchObject({ roles: ["owner"] });
  });

  it("works once, and closes the page", async () => {
    await claim(secret);
    expect((await claim(secret, "eve")).body.error).toBe("setup_closed");
    expect((await service.call("/api/auth/setup")).status).toBe(403);
    expect(await service.container.accounts.list()).toHaveLength(1);
  });

  it("is useless once an account was made by other means, and no new one is made", async () => {
    await service.addUser("grace");
    expect((await claim(secret)).body.error).toBe("setup_closed");
    expect(await service.container.setupLink.renew()).toBeUndefined();
    expect((await service.call("/api/auth/setup")).status).toBe(403);
  });

  it("is replaced by the next start", async () => {
    const next = (await service.container.setupLink.renew()) ?? "";
    expect(next).not.toBe(secret);
    expect((await claim(secret)).body.error).toBe("setup_closed");
    expect((await claim(next)).status).toBe(201);
  });

  it("of a first instance stays good when a second one starts and stops", async () => {
    const second = await service.another();
    const other = (await second.container.setupLink.renew()) ?? "";
    await second.close();
    expect((await claim(other)).body.error).toBe("setup_closed");
    expect((await claim(secret)).status).toBe(201);
  });

  it("is good for an hour and not longer", async () => {
    service.clock.advance(3599);
    expect((await claim(secret, "ada", "short")).body.error).toBe("weak_password");
    service.clock.advance(2);
    expect((await claim(secret)).body.error).toBe("setup_closed");
  });

  it("stays good after a password or a name that was refused", async () => {
    expect((await claim(secret, "ada", "short")).body.error).toBe("weak_password");
    expect((await claim(secret, "no/slash")).body).toMatchObject({
      error: "invalid_request",
      field: "username",
    });
    expect((await claim(secret)).status).toBe(201);
  });

  it("cannot be guessed, cut, or left out", async () => {
    for (const bad of ["x", secret.slice(1), `${secret}x`, secret.toLowerCase()]) {
      expect((await claim(bad)).body.error).toBe("setup_closed");
    }
    const without = await send(service, "POST", "/api/auth/setup", { username: "ada", password: PASSWORD });
    expect(without.body).toMatchObject({ error: "invalid_request", field: "secret" });
    expect(await service.container.accounts.hasAny()).toBe(false);
  });

  it("is stored as its hash only", async () => {
    const stored = storedBytes(service);
    expect(stored.includes(createHash("sha256").update(secret).digest("base64url"))).toBe(true);
    expect(stored.includes(secret)).toBe(false);
    expect(service.log()).not.toContain(secret);
  });

  it("is not served to another site's form", async () => {
    const foreign = await service.call("/api/auth/setup", {
      method: "POST",
      headers: { origin: "https://evil.example" },
      form: { secret, username: "eve", password: PASSWORD },
    });
    expect(foreign.body.error).toBe("cross_site_request");
    expect(await service.container.accounts.hasAny()).toBe(false);
  });
});
