import { describe, expect, it } from "vitest";
import { CommonPasswords, checkNewPassword } from "../../modules/passwords";
import { passwordLength } from "./password-length";

describe("passwordLength", () => {
  it.each([
    "tulip-forge-9xkm",
    "🦊🐢🐙🦉🐝🦋🐌🐞🦀🐡🐬🦑🐘🦒🦔",
    "①②③④⑤⑥ kestrel row",
    "e\u0301tude in grey rain",
  ])("counts %s as the policy does", (password) => {
    const length = passwordLength(password);
    const rule = (minLength: number) => {
      const verdict = checkNewPassword(password, { minLength, words: [], common: new CommonPasswords() });
      return verdict.ok ? "ok" : verdict.reason;
    };
    expect(rule(length)).not.toBe("too_short");
    expect(rule(length + 1)).toBe("too_short");
  });
});
