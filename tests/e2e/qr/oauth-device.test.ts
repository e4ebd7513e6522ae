import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { approve, openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { expectSound, screens } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const ELSEWHERE = "203.0.113.9";

/** A terminal that asks by OAuth's device authorization, and a real phone. */
describeInBrowser("a device of another program", () => {
  let server: RunningServer;
  let browser: Browser;
  let phone: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } });
    await addUser(server, "ada", PASSWORD);
    await runOperator(server, ["client", "add", "tool", "--name", "Deploy tool"]);
    browser = await launchBrowser();
    phone = await openSignedIn(await openPhone(browser), server.url, "ada");
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  async function post(path: string, fields: Record<string, string>, from: string) {
    const headers = { "x-forwarded-for": from };
    const body = new URLSearchParams({ client_id: "tool", ...fields });
    const response = await fetch(server.url + path, { method: "POST", headers, body });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  }
  const tokens = (device_code = "", from = ELSEWHERE) =>
    post("/oauth/token", { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code }, from);

  it("in the same network: its program is named, and a tap is enough", async () => {
    const { body: device } = await post("/oauth/device_authorization", {}, PHONE_ADDRESS);
    await phone.goto(String(device.verification_uri_complete));
    await phone.getByText("Deploy tool").waitFor();
    await approve(phone);
    await phone.getByRole("heading", { name: "Approved" }).waitFor();
    expect((await tokens(device.device_code, PHONE_ADDRESS)).body).toMatchObject({ token_type: "Bearer" });
    await phone.locator("#undo").waitFor();
  });

  it("elsewhere: can be approved only after the code that it shows was typed", async () => {
    const { body: device } = await post("/oauth/device_authorization", {}, ELSEWHERE);
    const { body: other } = await post("/oauth/device_authorization", {}, ELSEWHERE);
    await phone.goto(String(device.verification_uri_complete));
    const field = phone.locator("#user-code");
    await field.fill("BBBB-BBBB");
    await phone.keyboard.press("Enter");
    await phone.locator("#user-code-error").waitFor();
    await field.fill(String(other.user_code));
    await phone.keyboard.press("Enter");
    await phone.getByText("another device").waitFor();
    expect(await phone.locator("#approve").getAttribute("aria-disabled")).toBe("true");
    const [screen] = screens;
    if (screen) await expectSound(phone, screen, "a code to type");
    await field.fill(String(device.user_code).toLowerCase());
    await phone.keyboard.press("Enter");
    await approve(phone);
    await phone.getByRole("heading", { name: "Approved" }).waitFor();
    expect((await tokens(device.device_code)).status).toBe(200);
  });
});
