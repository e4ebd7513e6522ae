import { describe, expect, it } from "vitest";
import { parseMail } from "./mail";

const from = "Accounts <accounts@example.com>";

describe("SMTP_URL", () => {
  it.each([
    ["smtps://mail.example.com", "mail.example.com", 465, "tls"],
    ["smtp://mail.example.com", "mail.example.com", 587, "starttls"],
    ["smtp://mail.example.com:25", "mail.example.com", 25, "starttls"],
    ["smtp://mail.example.com:25?tls=off", "mail.example.com", 25, "none"],
    ["smtp://localhost:1025", "localhost", 1025, "none"],
    ["smtp://127.1:1025/", "127.0.0.1", 1025, "none"],
    ["smtp://[::1]:1025", "::1", 1025, "none"],
    ["smtps://localhost", "localhost", 465, "tls"],
    ["smtp://localhost.example.com", "localhost.example.com", 587, "starttls"],
  ])("%s is %s, port %d, with %s", (url, host, port, security) => {
    expect(parseMail(url, from)).toMatchObject({ host, port, security, login: null });
  });

  it("has user and password, as they were before they were written for an address", () => {
    expect(parseMail("smtps://ada%40example.com:a%3Ab%2Fc%25@mail.example.com", from)?.login).toEqual({
      user: "ada@example.com",
      password: "a:b/c%",
    });
  });

  it.each([
    ...["mail.example.com", "http://mail.example.com", "smtp://", "smtps://mail.example.com/path"],
    ...[
      "smtp://mail.example.com?tls=on",
      "smtps://mail.example.com?tls=off",
      "smtp://mail.example.com?tls=off&x=1",
    ],
    ...["smtp://ada:velvet%zz@mail.example.com", "smtp://mail.example.com#velvet", "smtp://mail example.com"],
  ])("%s is refused with a sentence that repeats nothing of it", (url) => {
    expect(() => parseMail(url, from)).toThrow(/^SMTP_URL/);
    expect(() => parseMail(url, from)).not.toThrow(/velvet/);
  });

  it("is left out: no mail is sent, whatever MAIL_FROM is", () => {
    expect(parseMail(undefined, "nonsense")).toBeNull();
  });
});

describe("MAIL_FROM", () => {
  it.each([
    ["accounts@example.com", "", "accounts@example.com"],
    ["Accounts <accounts@example.com>", "Accounts", "accounts@example.com"],
    ['"Accounts, example" <accounts@example.com>', "Accounts, example", "accounts@example.com"],
    ["账户 <accounts@例子.example>", "账户", "accounts@xn--fsqu00a.example"],
  ])("%s is %j and %s", (value, name, address) => {
    expect(parseMail("smtps://mail.example.com", value)?.from).toEqual({ name, address });
  });

  it.each([
    undefined,
    "Accounts",
    "a@example.com, b@example.com",
    "A <a@example.com> <b@example.com>",
    "A\r\nBcc: x <a@example.com>",
  ])("%j is refused", (value) => {
    expect(() => parseMail("smtps://mail.example.com", value)).toThrow(/^MAIL_FROM/);
  });
});
