import { describe, expect, it } from "vitest";
import { identifierKey } from "./identifier";

describe("identifierKey", () => {
  it.each([
    ["ada", "ada"],
    ["ADA", "ada"],
    [" Mike@Example.com", "mike@example.com"],
    ["mike\u200b@example.com", "mike@example.com"],
    ["m\u200bike@exam\u00adple.com", "mike@example.com"],
    ["mıke@example.com", "mike@example.com"],
    ["ｍｉｋｅ＠example.com", "mike@example.com"],
    ["ada@bücher.example", "ada@xn--bcher-kva.example"],
    ["ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"],
    ["ada@straße.example", "ada@xn--strae-oqa.example"],
    ["ada@strasse.example", "ada@strasse.example"],
    ["no address @", "no address @"],
  ])("of %j is %j", (identifier, key) => {
    expect(identifierKey(identifier)).toBe(key);
  });
});
