import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import {
  addDetector,
  mirrorPlanes,
  paintCamera,
  showBeside,
  showCode,
} from "../../helpers/browser/painted-camera";
import { openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { statusOf } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

describeInBrowser("the scanner, with a camera or a reader that fails it", () => {
  let server: RunningServer;
  let browser: Browser;
  let phone: BrowserContext;
  let seen: Watch;
  let page: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
    // One phone for all: what fails is of the page, and each test has a page of its own.
    phone = await openPhone(browser);
    seen = watch(phone);
    await paintCamera(phone);
    await (await openSignedIn(phone, server.url, "ada")).close();
  });

  beforeEach(async () => {
    seen.clear();
    page = await phone.newPage();
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    for (const each of phone.pages()) await each.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const nearComputer = () => waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
  const running = () => page.evaluate(() => paintedCamera.running);
  const openScanner = async () => {
    await page.goto(`${server.url}/scan`);
    await until("the camera runs", async () => (await running()) === 1);
  };
  const problem = (title: string) => page.getByRole("heading", { name: title }).waitFor();
  const canBeTyped = () => page.locator("#user-code").isEditable();

  it.each([
    ["mirrored, as by a camera app's own setting", { mirrored: true }],
    ["white on black", { inverted: true }],
    ["white on black and mirrored", { inverted: true, mirrored: true }],
    ["in very low light", { dim: true }],
    ["turned by a right angle", { turnedInDegrees: 90 }],
    ["upside down", { turnedInDegrees: 180 }],
    ["held askew", { turnedInDegrees: 33 }],
    ["at the edge of a wide picture", { leftBy: 360 }],
  ])("reads a code that is %s", async (_, picture) => {
    const computer = await nearComputer();
    await openScanner();
    await showCode(page, computer.link, picture);
    await page.locator("#approve").waitFor();
  });

  it("reads a code where the browser hands out mirrored planes of an upright video", async () => {
    await mirrorPlanes(page);
    const computer = await nearComputer();
    await openScanner();
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
  });

  it.each(["finds nothing", "never answers", "reads garbage", "throws", "never says what it can"] as const)(
    "reads a code beside a detector of the browser that %s",
    async (behaviour) => {
      await addDetector(page, behaviour);
      const computer = await nearComputer();
      await openScanner();
      await showCode(page, computer.link, { mirrored: true });
      await page.locator("#approve").waitFor();
    },
  );

  it("turns to the next camera where the first one cannot focus, and offers none where there is one", async () => {
    const other = page.getByRole("button", { name: "Other camera" });
    await openScanner();
    await page.locator("[data-state=running]").waitFor();
    expect(await other.count()).toBe(0);
    await page.addInitScript(() => {
      paintedCamera.ids = ["far", "wide", "near"];
    });
    const computer = await nearComputer();
    await openScanner();
    await showCode(page, computer.link);
    await other.click();
    await until("one camera runs", async () => (await running()) === 1);
    await other.click();
    await page.locator("#approve").waitFor();
    expect(await running()).toBe(0);
  });

  it("finds its own code beside another one in the same picture", async () => {
    const computer = await nearComputer();
    await openScanner();
    await showBeside(page, "https://poster.example/");
    await until("seen", async () => (await statusOf(page)).startsWith("That’s not a sign-in code"));
    await showCode(page, computer.link, { leftBy: 330 });
    await page.locator("#approve").waitFor();
  });

  it("says how to hold the phone once nothing was read for a while, and forgets it with the next code", async () => {
    await openScanner();
    await until("the hint", async () => (await statusOf(page)).startsWith("Nothing read yet."));
    await showCode(page, "https://poster.example/");
    await until("another code", async () => (await statusOf(page)).startsWith("That’s not a sign-in code"));
  });

  it("goes on when the browser refuses to play the picture, and calls it by no other name", async () => {
    await page.addInitScript(() => {
      const { play } = HTMLMediaElement.prototype;
      // As a browser does that saves power: only while somebody presses something.
      let isPressed = false;
      addEventListener("pointerdown", () => {
        isPressed = true;
      });
      HTMLMediaElement.prototype.play = function () {
        if (isPressed) return play.call(this);
        this.pause();
        return Promise.reject(new DOMException("", "NotAllowedError"));
      };
    });
    await openScanner();
    await problem("The picture stands still");
    expect(await page.getByRole("heading", { name: "The camera is blocked" }).count()).toBe(0);
    expect(await running()).toBe(1);
    await page.getByRole("button", { name: "Start the picture" }).click();
    const computer = await nearComputer();
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
  });

  it("goes on when the browser never says whether it plays", async () => {
    await page.addInitScript(() => {
      const { play } = HTMLMediaElement.prototype;
      HTMLMediaElement.prototype.play = function () {
        void play.call(this);
        return new Promise(() => {});
      };
    });
    const computer = await nearComputer();
    await openScanner();
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
  });

  it("says what it waits for while the browser's question about the camera is open", async () => {
    await page.addInitScript(() => {
      paintedCamera.answer = "never";
    });
    await page.goto(`${server.url}/scan`);
    await page.getByText("If your browser asks whether this site may use it, allow it.").waitFor();
    expect(await canBeTyped()).toBe(true);
    await page.evaluate(() => {
      paintedCamera.answer = "granted";
    });
    await page.getByRole("button", { name: "Try the camera again" }).click();
    await until("the camera runs", async () => (await running()) === 1);
  });

  it.each([
    ["NotAllowedError", "The camera is blocked"],
    ["SecurityError", "The camera is blocked"],
    ["NotFoundError", "No camera found"],
    ["NotReadableError", "The camera didn’t start"],
    ["AbortError", "The camera didn’t start"],
    ["OverconstrainedError", "No suitable camera"],
  ])("has words of its own for %s, and leaves the typed code", async (name, title) => {
    await page.addInitScript((answer) => {
      paintedCamera.answer = answer;
    }, name);
    await page.goto(`${server.url}/scan`);
    await problem(title);
    expect(await canBeTyped()).toBe(true);
  });

  it.each(["OverconstrainedError", "NotReadableError", "AbortError"])(
    "takes any camera when the one it wished for answers %s",
    async (name) => {
      await page.addInitScript((answer) => {
        paintedCamera.wishAnswer = answer;
      }, name);
      const computer = await nearComputer();
      await openScanner();
      await showCode(page, computer.link);
      await page.locator("#approve").waitFor();
    },
  );

  it("says that the camera stopped when it is unplugged, and takes it up again", async () => {
    await openScanner();
    await page.evaluate(() => {
      paintedCamera.track?.stop();
      paintedCamera.track?.dispatchEvent(new Event("ended"));
    });
    await problem("The camera stopped");
    expect(await canBeTyped()).toBe(true);
    await page.getByRole("button", { name: "Try the camera again" }).click();
    await until("the camera runs", async () => (await running()) === 1);
    const computer = await nearComputer();
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
  });

  it("says that no picture comes from a muted camera, and goes on by itself when it comes", async () => {
    await openScanner();
    const mute = (isMuted: boolean) =>
      page.evaluate((muted) => {
        paintedCamera.isMuted = muted;
        paintedCamera.track?.dispatchEvent(new Event(muted ? "mute" : "unmute"));
      }, isMuted);
    await mute(true);
    await problem("The camera sends no picture");
    await mute(false);
    await page.getByRole("heading", { name: "The camera sends no picture" }).waitFor({ state: "detached" });
    const computer = await nearComputer();
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
  });

  it("says that no picture comes while its frames have no size", async () => {
    await page.addInitScript(() => {
      Object.defineProperty(HTMLVideoElement.prototype, "videoWidth", { configurable: true, get: () => 0 });
    });
    await openScanner();
    await problem("The camera sends no picture");
    expect(await canBeTyped()).toBe(true);
  });

  it("goes on when the reader's own script does not come at once", async () => {
    let failures = 0;
    await page.route("**/_next/static/chunks/**", async (route) => {
      const response = await route.fetch();
      if (failures >= 2 || !(await response.text()).includes("VideoFrame plane layout")) {
        return route.fulfill({ response });
      }
      failures += 1;
      return route.abort();
    });
    const computer = await nearComputer();
    await openScanner();
    await showCode(page, computer.link);
    await page.locator("#approve").waitFor();
    expect(failures).toBe(2);
  });
});
