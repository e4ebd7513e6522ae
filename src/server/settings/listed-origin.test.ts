import { describe, expect, it } from "vitest";
import { isListedOrigin, OriginError, parseListedOrigin } from "./listed-origin";

const EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
const FIREFOX = "moz-extension://1b2c3d4e-0000-4111-8222-333344445555";

describe("an entry of CORS_ORIGINS", () => {
  it.each([
    ["https://app.example.com", "https://app.example.com"],
    ["https://app.example.com/", "https://app.example.com"],
    ["https://app.example.com:443", "https://app.example.com"],
    ["http://app.example.com:80/", "http://app.example.com"],
    ["https://app.example.com:8443", "https://app.example.com:8443"],
    ["HTTPS://App.Example.COM", "https://app.example.com"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["https://BÜCHER.example/", "https://xn--bcher-kva.example"],
    ["https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"],
    ["http://[::1]:5173", "http://[::1]:5173"],
    ["http://[0:0:0:0:0:0:0:1]:5173", "http://[::1]:5173"],
    [EXTENSION, EXTENSION],
    [`${EXTENSION}/`, EXTENSION],
    [EXTENSION.toUpperCase(), EXTENSION],
    [FIREFOX, FIREFOX],
    ["capacitor://localhost", "capacitor://localhost"],
    ["ionic://localhost/", "ionic://localhost"],
    ["tauri://localhost", "tauri://localhost"],
    ["Tauri://LocalHost", "tauri://localhost"],
    ["app://-", "app://-"],
    ["safari-web-extension://1B2C3D4E-0000-4111-8222-333344445555", FIREFOX.replace("moz", "safari-web")],
  ])("%s means %s", (text, origin) => {
    expect(parseListedOrigin(text)).toBe(origin);
  });

  it.each([
    "*",
    "https://*.example.com",
    "chrome-extension://*",
    "null",
    "NULL",
    "file://",
    "file:///home/ada/page.html",
    "data:text/html,x",
    "app.example.com",
    "localhost:5173",
    "https://app.example.com/path",
    "https://app.example.com//",
    "https://app.example.com?",
    "https://app.example.com#",
    "https://user@app.example.com",
    "https://:secret@app.example.com",
    "https://",
    "ws://app.example.com",
    "ftp://app.example.com",
    "chrome-extension://short",
    `${EXTENSION}/popup.html`,
    `${EXTENSION}?`,
    "moz-extension://my-extension@example.com",
    "capacitor://",
    "capacitor://localhost/index.html",
    "capacitor://user@localhost",
    "capacitor://löcalhost",
    "capacitor:localhost",
  ])("%s is refused: no browser would ever say it", (text) => {
    expect(() => parseListedOrigin(text)).toThrow(OriginError);
  });
});

it("origins are compared as text, those of apps whatever the case of their letters", () => {
  const listed = ["https://app.example.com", EXTENSION, FIREFOX];
  for (const origin of [...listed, FIREFOX.toUpperCase()]) expect(isListedOrigin(listed, origin)).toBe(true);
  const strangers = ["null", "", "https://app.example.com/", "HTTPS://app.example.com", `${EXTENSION}x`];
  for (const origin of [...strangers, "https://app.example.com.evil.example"]) {
    expect(isListedOrigin(listed, origin)).toBe(false);
  }
});
