import { describe, expect, it } from "vitest";
import { mailboxOf, readEmailAddress } from "./email-address";

describe("an email address", () => {
  it.each([
    ["ada@example.com", "ada@example.com", "ada@example.com"],
    ["  Ada.Lovelace+tag@Example.COM\u200b", "Ada.Lovelace+tag@example.com", "ada.lovelace+tag@example.com"],
    ["ａｄａ@example.com", "ada@example.com", "ada@example.com"],
    ["ada@bücher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"],
    ["ada@localhost", "ada@localhost", "ada@localhost"],
  ])("%j is read as %j", (text, address, key) => {
    expect(readEmailAddress(text)).toEqual({ address, key });
  });

  it.each([
    ...[
      "",
      "ada",
      "@example.com",
      "ada@",
      "ada@@example.com",
      "a da@example.com",
      "ada@example.com,eve@example.com",
    ],
    ...[
      "ada@example.com\r\nBcc: eve@example.com",
      "ada@exam\nple.com",
      "ada\0@example.com",
      '"ada"@example.com',
    ],
    ...["Ada <ada@example.com>", "ada@[192.0.2.1]", "ada@192.0.2.1", "ada@-example.com", "ada@example..com"],
    ...[".ada@example.com", "ada.@example.com", "a..da@example.com", "ada@example.com.", "аda@example.com"],
    ...[
      `${"a".repeat(65)}@example.com`,
      `ada@${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}`,
    ],
    ...["ada@exa%6dple.com", "ada@example.com/x", "ada@example.com?x", "ada\u202e@example.com"],
  ])("%j is none", (text) => {
    expect(readEmailAddress(text)).toBeUndefined();
  });
});

describe("the mailbox of an address", () => {
  it.each([
    ["ada@example.com", "ada@example.com"],
    ["ada+tag@example.com", "ada@example.com"],
    ["ada+one+two@example.com", "ada@example.com"],
    ["+ada@example.com", "+ada@example.com"],
  ])("of %s is %s", (key, mailbox) => {
    expect(mailboxOf({ key })).toBe(mailbox);
  });
});
