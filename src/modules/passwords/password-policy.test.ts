import { randomInt } from "node:crypto";
import { dictionary } from "@zxcvbn-ts/language-common";
import { describe, expect, it, vi } from "vitest";
import { CommonPasswords, readCommonPasswords } from "./common-passwords";
import { checkNewPassword, MAX_PASSWORD_LENGTH } from "./password-policy";

const common = new CommonPasswords();
const policy = { minLength: 15, words: ["countersign", "marianne"] };
const reasonOf = (password: string, given = policy) => {
  const verdict = checkNewPassword(password, { ...given, common });
  return verdict.ok ? "ok" : verdict.reason;
};

/** How often a text is searched or put together to judge a password. */
function stepsOf(password: string): number {
  const methods = ["includes", "startsWith", "repeat", "replaceAll", "replace"] as const;
  const spies = methods.map((method) => vi.spyOn(String.prototype, method));
  reasonOf(password);
  const steps = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  for (const spy of spies) spy.mockRestore();
  return steps;
}

describe("length", () => {
  it.each([
    ["14 characters", "tulip-forge-9x", "too_short"],
    ["15 characters", "tulip-forge-9xk", "ok"],
    ["64 characters", `${"tulip forge harbour ".repeat(4).slice(0, 60)}wxyz`, "ok"],
    ["emoji count as one each", "🦊🌧️ nineteen owls", "ok"],
    ["14 emoji are 14", "🦊🐢🐙🦉🐝🦋🐌🐞🦀🐡🐬🦑🐘🦒", "too_short"],
  ])("%s", (_name, password, expected) => expect(reasonOf(password)).toBe(expected));

  it("allows the longest and refuses one more, without cutting", () => {
    const base = "seven grey herons sat by the mill pond; ".repeat(30);
    expect(reasonOf(`${base.slice(0, MAX_PASSWORD_LENGTH - 1)}!`)).toBe("ok");
    expect(reasonOf(`${base.slice(0, MAX_PASSWORD_LENGTH)}!`)).toBe("too_long");
  });

  it("is never under 8, whatever is configured", () => {
    expect(reasonOf("k3v-9qz", { minLength: 1, words: [] })).toBe("too_short");
    expect(reasonOf("k3v-9qzt", { minLength: 1, words: [] })).toBe("ok");
  });
});

describe("common passwords", () => {
  it("refuses the whole list, in any case, as it is and repeated", () => {
    expect(readCommonPasswords().size).toBeGreaterThan(3000);
    const loose = { minLength: 8, words: [] };
    const letThrough: string[] = [];
    for (const password of readCommonPasswords()) {
      if ([...password].length >= 8 && reasonOf(password.toUpperCase(), loose) === "ok")
        letThrough.push(password);
      const twice = password + password;
      if ([...twice].length >= 8 && reasonOf(twice, loose) === "ok") letThrough.push(twice);
    }
    expect(letThrough).toEqual([]);
  });

  it.each([
    "passwordpassword",
    "passwordpassword1",
    "Password!2345678",
    "12345678password",
    "sunshine!!!!!!!!!!",
    "123456789012345",
    "987654321098765",
    "111111111111112",
    "aaaaaaaaaaaaaaaa",
    "🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊",
    "abcdefghijklmnop",
    "ponmlkjihgfedcba",
    "qwertyuiopasdfgh",
    "1qaz2wsx3edc4rfv",
    "abcd1234abcd1234",
    "xk9qxk9qxk9qxk9qx",
    "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",
  ])("refuses %s", (password) => expect(reasonOf(password)).toBe("common"));
});

describe("what people should be able to use", () => {
  const pick = (from: readonly string[] | string) => from[randomInt(from.length)] ?? "";
  const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
  const generators: [string, () => string][] = [
    ["15 random printable characters", () => Array.from({ length: 15 }, () => pick(printable)).join("")],
    [
      "15 random small letters",
      () => Array.from({ length: 15 }, () => pick("abcdefghijklmnopqrstuvwxyz")).join(""),
    ],
    ["20 random digits", () => Array.from({ length: 20 }, () => pick("0123456789")).join("")],
    [
      "15 random emoji",
      () => Array.from({ length: 15 }, () => pick([..."🦊🐢🐙🦉🐝🦋🐌🐞🦀🐡🐬🦑🐘🦒🦔🌵🍄🌻🍋🍉"])).join(""),
    ],
    [
      "five diceware words",
      () => Array.from({ length: 5 }, () => pick(dictionary["diceware-common"])).join(" "),
    ],
    [
      "four common passwords as words",
      () => Array.from({ length: 4 }, () => pick(dictionary["passwords-common"])).join("-"),
    ],
  ];

  it.each(generators)("takes %s", (_name, generate) => {
    const passwords = Array.from({ length: 1000 }, generate).filter((password) => [...password].length >= 15);
    const refused = passwords.filter((password) => reasonOf(password) !== "ok");
    expect(passwords.length).toBeGreaterThan(500);
    // A random one is allowed to look like a common one once in a long while.
    expect(refused.length, refused.join("\n")).toBeLessThanOrEqual(3);
  });

  it.each(["correct horse battery staple", "CorrectHorseBatteryStaple!", "correct-horse-battery-staple-7"])(
    "refuses %s, which everybody knows as the example of a good one",
    (password) => expect(reasonOf(password)).toBe("common"),
  );

  it.each([
    "velvet quarry lamp seventeen",
    "correct horses eat battery staples",
    "我家的猫每天早上六点准时叫我起床",
    "Съешь ещё этих мягких булок",
  ])("takes %s", (password) => expect(reasonOf(password)).toBe("ok"));

  it.each([
    ["runs", "qwertyuiop".repeat(103)],
    ["a common password", "password".repeat(128)],
    ["two characters", "ab".repeat(512)],
    ["one character and another at the end", `${"a".repeat(1023)}b`],
    ["no runs", "seven grey herons sat by the mill pond; ".repeat(26)],
  ])(
    "takes no more steps for a character of the longest password than for one of a short: %s",
    (_name, text) => {
      const end = text.slice(-1);
      const short = stepsOf(text.slice(0, MAX_PASSWORD_LENGTH / 8 - 1) + end);
      const long = stepsOf(text.slice(0, MAX_PASSWORD_LENGTH - 1) + end);
      expect(short).toBeGreaterThan(0);
      expect(long).toBeLessThanOrEqual(2 * 8 * short);
    },
  );
});

describe("words of account and service", () => {
  const reasons = (password: string, words: string[]) => reasonOf(password, { minLength: 15, words });

  it.each([
    "marianne-marianne",
    "Countersign12345",
    "Marianne's 2026",
    "mariannecountersign",
    "countersign-marianne-sunshine",
    "countersign 20261121",
  ])("refuses %s", (password) => expect(reasonOf(password)).toBe("contains_account_words"));

  it.each([
    "marianne keeps bees on the roof",
    "marianne 在屋顶上养了很多很多只蜜蜂",
    "tulip-forge-9xkm marianne",
  ])("lets a passphrase hold one: %s", (password) => expect(reasonOf(password)).toBe("ok"));

  it("takes the parts of a host name or of a full name one by one", () => {
    expect(reasons("intranetexample1", ["intranet.example.com"])).toBe("contains_account_words");
    expect(reasons("intranetexample1", [])).toBe("ok");
  });

  it("leaves words alone that are too short to mean anything", () => {
    expect(reasons("bob likes orange peel", ["bob"])).toBe("ok");
  });
});
