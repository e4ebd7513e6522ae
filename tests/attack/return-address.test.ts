import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attack } from "../helpers/lab/attack";
import { sendRaw } from "../helpers/process/raw-request";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";
import { APP_URL, type Device, newDevice, PASSWORD, proofHeader } from "../helpers/service";

/** A link to the sign-in page says where it leads afterwards. Anybody can make such a link. */
const LISTED = "https://app.example.com";
const WITH_PORT = "https://wiki.example.com:8443";
const LOCAL = "http://localhost:5173";
/** Browsers write it as xn--bcher-kva.example. */
const OF_OTHER_LETTERS = "https://bücher.example";

let server: RunningServer;
let cookie: string;

beforeAll(async () => {
  const RETURN_ORIGINS = [LISTED, WITH_PORT, LOCAL, OF_OTHER_LETTERS].join(" ");
  server = await startServer({ env: { APP_URL, RETURN_ORIGINS, CAPTCHA: "off" } });
  await addUser(server, "ada", PASSWORD);
  cookie = await signIn(await newDevice());
});
afterAll(() => server?.dispose());

const here = () => `http://localhost:${server.env.PORT}`;

async function signIn(device: Device): Promise<string> {
  const dpop = (method: string, path: string) => proofHeader(device, method, path, undefined);
  const ticket = await fetch(`${here()}/api/auth/get_t`, { headers: await dpop("GET", "/api/auth/get_t") });
  const { t } = (await ticket.json()) as { t: string };
  const answer = await fetch(`${here()}/api/auth/login`, {
    method: "POST",
    headers: {
      ...(await dpop("POST", "/api/auth/login")),
      origin: APP_URL,
      "content-type": "application/json",
    },
    body: JSON.stringify({ t, username: "ada", password: PASSWORD, delivery: "cookie" }),
  });
  expect(answer.status).toBe(200);
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .join("; ");
}

/** Where a person who is signed in is led at once. */
async function leadsTo(query: string): Promise<string> {
  const { status, headers } = await sendRaw(here(), `/sign-in?${query}`, { cookie });
  return status === 307 ? (headers.location ?? "nowhere") : String(status);
}

const returning = (address: string) => leadsTo(`return=${encodeURIComponent(address)}`);

/** `3 × /`, and each other place by its name. */
async function placesOf(addresses: readonly string[]): Promise<string> {
  const counts = new Map<string, number>();
  for (const address of addresses) {
    const place = await returning(address);
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return [...counts].map(([place, count]) => (count === 1 ? place : `${count} × ${place}`)).join(", ");
}

describe("the sign-in page with a way back", () => {
  it.each([
    `${LISTED}/`,
    `${LISTED}/reports/q3?by=team&of=%2F%2Fall#total`,
    `${WITH_PORT}/`,
    `${LOCAL}/?next=https://evil.example/`,
    "https://xn--bcher-kva.example/",
    "/password",
  ])("leads back to %s", async (address) => {
    expect(await returning(address)).toBe(address);
  });

  attack("another host that begins or ends as a listed one, and parents of it", "7 × /", () =>
    placesOf([
      "https://evil.example/",
      `${LISTED}.evil.example/`,
      "https://evilapp.example.com/",
      "https://x.app.example.com/",
      "https://example.com/",
      "https://evil.example/app.example.com/",
      "https://evil.example/?https://app.example.com/",
    ]),
  );

  attack("user names and passwords before the host", "5 × /", () =>
    placesOf([
      `${LISTED}@evil.example/`,
      `${LISTED}:x@evil.example/`,
      "https://ada@app.example.com/",
      "https://evil.example@app.example.com/",
      `${LISTED}%40evil.example/`,
    ]),
  );

  attack("backslashes, tabs, line ends and spaces, plain and encoded", "11 × /", () =>
    placesOf([
      `${LISTED}\\@evil.example/`,
      `${LISTED}\\.evil.example/`,
      `${LISTED}/\\evil.example`,
      "https:\\\\app.example.com/",
      "https:/\\evil.example/",
      `https://app.example.com\t.evil.example/`,
      `${LISTED}/\tx`,
      `${LISTED}/\r\nLocation: https://evil.example/`,
      ` ${LISTED}/`,
      `${LISTED} /`,
      `${LISTED}%5C.evil.example/`,
    ]),
  );

  attack("a final dot, capital letters, no slash, one slash, three slashes", "9 × /", () =>
    placesOf([
      `${LISTED}./`,
      "https://APP.example.com/",
      "HTTPS://app.example.com/",
      LISTED,
      `${LISTED}?x`,
      `${LISTED}#x`,
      "https:/app.example.com/",
      "https:///app.example.com/",
      "//app.example.com/",
    ]),
  );

  attack("other ports and schemes of a listed host", "10 × /", () =>
    placesOf([
      `${LISTED}:444/`,
      `${LISTED}:443/`,
      "http://app.example.com/",
      "https://wiki.example.com/",
      "https://wiki.example.com:84430/",
      "http://localhost:5174/",
      "http://127.0.0.1:5173/",
      "ftp://app.example.com/",
      "javascript://app.example.com/%0Aalert(1)",
      "blob:https://app.example.com/x",
    ]),
  );

  attack("letters that look like others, and other writings of a listed name", "6 × /", () =>
    placesOf([
      "https://аpp.example.com/",
      "https://xn--pp-7kc.example.com/",
      "https://app。example.com/",
      "https://app%2eexample.com/",
      `${OF_OTHER_LETTERS}/`,
      "https://bucher.example/",
    ]),
  );

  attack("Countersign's own origin, for pages that are not returned to", "4 × /", () =>
    placesOf([`${APP_URL}/sign-out`, `${APP_URL}/password`, `${APP_URL}/api/auth/me`, "/sign-out"]),
  );

  attack("two ways back in one address, in both orders", "/, /", async () => {
    const [good, bad] = [encodeURIComponent(`${LISTED}/`), encodeURIComponent("https://evil.example/")];
    const places = [`return=${good}&return=${bad}`, `return=${bad}&return=${good}`].map(leadsTo);
    return (await Promise.all(places)).join(", ");
  });

  attack("a listed address longer than any is", "/", () => placesOf([`${LISTED}/${"a".repeat(2_000)}`]));
});
