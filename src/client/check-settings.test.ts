import { describe, expect, it } from "vitest";
import { checkSettings } from "./check-settings";
import { type CountersignClientOptions, createCountersignClient } from "./create-client";
import { nothingShared } from "./environment";
import { memoryDeviceKeyStore } from "./key/device-key";
import { memoryTokenStore } from "./session/token-store";

const url = "https://accounts.example.com";
const body = { url, delivery: "body" };
const cookie = { url, delivery: "cookie" };
/** As a program without types may give them. */
const given = (settings: unknown) => settings as CountersignClientOptions;

describe("settings that are not understood", () => {
  const origin =
    "an origin and no more, such as https://accounts.example.com; found https://accounts.example.com with";
  it.each([
    ["a path", { ...body, url: `${url}/auth` }, `url: expected ${origin} the path /auth.`],
    ["a query", { ...body, url: `${url}/?key=secret` }, `url: expected ${origin} a query.`],
    ["a hash", { ...body, url: `${url}#/sign-in` }, `url: expected ${origin} a fragment.`],
    ["an empty query", { ...body, url: `${url}/?` }, `url: expected ${origin} a query.`],
    [
      "credentials",
      { ...body, url: "https://ada:secret@accounts.example.com" },
      `url: expected ${origin} a user name or password.`,
    ],
    [
      "all of them",
      { ...body, url: `${url}/a?b#c` },
      `url: expected ${origin} the path /a, a query, a fragment.`,
    ],
    [
      "a relative address",
      { ...body, url: "/auth" },
      'url: expected an absolute address, such as https://accounts.example.com; found "/auth".',
    ],
    [
      "no address",
      { delivery: "body" },
      "url: expected an absolute address, such as https://accounts.example.com; found nothing.",
    ],
    [
      "another scheme",
      { ...body, url: "ftp://accounts.example.com" },
      "url: expected an address of https or http, such as https://accounts.example.com; found ftp:.",
    ],
    [
      "an unknown delivery",
      { url, delivery: "cookies" },
      'delivery: expected "cookie" (for browsers) or "body" (for programs); found "cookies".',
    ],
    [
      "no delivery",
      { url },
      'delivery: expected "cookie" (for browsers) or "body" (for programs); found nothing.',
    ],
    [
      "a token store with cookies",
      { ...cookie, tokenStore: memoryTokenStore() },
      'tokenStore: expected only with the delivery "body"; found it with "cookie".',
    ],
    [
      "a browser with tokens in the body",
      { ...body, browser: nothingShared },
      'browser: expected only with the delivery "cookie"; found it with "body".',
    ],
    [
      "a member that is none",
      { ...body, tokenstore: memoryTokenStore() },
      'settings: expected no others than delivery, url, clientId, deviceKeyStore, fetch, onSignedOut, now, tokenStore; found "tokenstore".',
    ],
    ["a fetch that is none", { ...body, fetch: "undici" }, 'fetch: expected a function; found "undici".'],
    [
      "a store without load",
      { ...body, tokenStore: {} },
      "tokenStore.load: expected a function; found nothing.",
    ],
    [
      "a key store without save",
      { ...body, deviceKeyStore: { load: async () => undefined } },
      "deviceKeyStore.save: expected a function; found nothing.",
    ],
    ["no settings", undefined, "settings: expected an object; found nothing."],
  ])("%s: refused, with what was expected and found", (_what, settings, message) => {
    expect(() => createCountersignClient(given(settings))).toThrow(
      new TypeError(`createCountersignClient, ${message}`),
    );
  });
});

it.each([
  ["an origin", body],
  ["with a slash at its end", { ...body, url: `${url}/` }],
  ["as a URL", { ...body, url: new URL(url) }],
  ["members that are left undefined", { ...cookie, tokenStore: undefined, now: undefined }],
  ["a key store", { ...body, deviceKeyStore: memoryDeviceKeyStore() }],
])("settings are taken: %s", (_what, settings) => {
  expect(checkSettings(given(settings))).toBe(url);
});
