import { describe, expect, it } from "vitest";
import { readScannedText } from "./scanned-text";

const ORIGIN = "https://accounts.example.com";
const ID = "AbCdEfGhIjKlMnOpQr_-12";

describe("readScannedText", () => {
  it("reads the id of a sign-in code of this site", () => {
    expect(readScannedText(`${ORIGIN}/q/${ID}`, ORIGIN)).toBe(ID);
    expect(readScannedText(`HTTPS://ACCOUNTS.EXAMPLE.COM/q/${ID}`, ORIGIN)).toBe(ID);
    expect(readScannedText(`http://localhost:3000/q/${ID}`, "http://localhost:3000")).toBe(ID);
  });

  it.each([
    ["another site", `https://evil.example/q/${ID}`],
    ["a longer host", `https://accounts.example.com.evil.example/q/${ID}`],
    ["a sub-domain", `https://a.accounts.example.com/q/${ID}`],
    ["another port", `https://accounts.example.com:8443/q/${ID}`],
    ["plain http", `http://accounts.example.com/q/${ID}`],
    ["our name before an at sign", `https://accounts.example.com@evil.example/q/${ID}`],
    ["credentials", `https://a:b@accounts.example.com/q/${ID}`],
    ["a blob of our origin", `blob:${ORIGIN}/q/${ID}`],
    ["a script", "javascript:alert(1)"],
    ["data", `data:text/html,${ORIGIN}/q/${ID}`],
    ["a path alone", `/q/${ID}`],
    ["two slashes", `//accounts.example.com/q/${ID}`],
    ["a query", `${ORIGIN}/q/${ID}?next=//evil.example`],
    ["a fragment", `${ORIGIN}/q/${ID}#x`],
    ["a further path", `${ORIGIN}/q/${ID}/approve`],
    ["another page", `${ORIGIN}/password`],
    ["a short id", `${ORIGIN}/q/${ID.slice(1)}`],
    ["a long id", `${ORIGIN}/q/${ID}A`],
    ["an id with other characters", `${ORIGIN}/q/${ID.slice(2)}%41`],
    ["a Wi-Fi code", "WIFI:T:WPA;S:home;P:secret;;"],
    ["plain words", "hello"],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(readScannedText(text, ORIGIN)).toBeNull();
  });
});
