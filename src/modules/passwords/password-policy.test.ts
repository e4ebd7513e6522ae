import { describe, expect, it } from "vitest";
import { commonPasswords } from "./common-passwords";
import { checkNewPassword, MAX_PASSWORD_LENGTH } from "./password-policy";

const policy = { minLength: 15, words: ["countersign", "marianne"] };
const reasonOf = (password: string, given = policy) => {
  const verdict = checkNewPassword(password, given);
  return verdict.ok ? "ok" : verdict.reason;
};

describe("length", () => {
  it.each([
    ["14 characters", "tulip-forge-9x", "too_short"],
    ["15 characters", "tulip-forge-9xk", "ok"],
    ["64 characters", "tulip forge harbour ".repeat(4).slice(0, 60) + "wxyz", "ok"],
    ["emoji count as one each", "🦊🌧️ nineteen owls", "ok"],
    ["14 emoji are 14", "🦊🐢🐙🦉🐝🦋🐌🐞🦀🐡🐬🦑🐘🦒", "too_short"],
  ])("%s", (_name, password, expected) => expect(reasonOf(password)).toBe(expected));

  it("allows the longest and refuses one more, without cutting", () => {
    const base = "seven grey herons sat by the mill pond; ".repeat(30);
    expect(reasonOf(base.slice(0, MAX_PASSWORD_LENGTH - 1) + "!")).toBe("ok");
    expect(reasonOf(base.slice(0, MAX_PASSWORD_LENGTH) + "!")).toBe("too_long");
  });

  it("is never under 8, whatever is configured", () => {
    expect(reasonOf("k3v-9qz", { minLength: 1, words: [] })).toBe("too_short");
    expect(reasonOf("k3v-9qzt", { minLength: 1, words: [] })).toBe("ok");
  });
});

describe("common passwords", () => {
  it("refuses the whole list, in any case, as it is and repeated", () => {
    expect(commonPasswords().size).toBeGreaterThan(3000);
    const loose = { minLength: 8, words: [] };
    const letThrough: string[] = [];
    for (const password of commonPasswords()) {
      if ([...password].length >= 8 && reasonOf(password.toUpperCase(), loose) === "ok") letThrough.push(password);
      const twice = password + password;
      if ([...twice].length >= 8 && reasonOf(twice, loose) === "ok") letThrough.push(twice);
    }
    expect(letThrough).toEqual([]);
  });

  it.each(["passwordpassword", "123456789012345", "aaaaaaaaaaaaaaaa", "abcdefghijklmnop", "qwertyuiopasdfgh", "Password!2345678"])(
    "refuses %s",
    (password) => expect(reasonOf(password)).toBe("common"),
  );
});

describe("words of account and service", () => {
  it.each(["marianne-marianne", "Countersign12345", "Marianne's 2026"])("refuses %s", (password) =>
    expect(reasonOf(password)).toBe("contains_account_words"),
  );

  it("lets a passphrase hold one", () => {
    expect(reasonOf("marianne keeps bees on the roof")).toBe("ok");
  });
});
