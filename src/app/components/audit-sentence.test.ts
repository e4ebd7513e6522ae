import { createTranslator } from "next-intl";
import { describe, expect, it } from "vitest";
import { type AuditEventType, auditEventTypes } from "../../contract/audit";
import en from "../i18n/messages/en.json";
import zh from "../i18n/messages/zh.json";
import { auditSentence, type ToldEvent } from "./audit-sentence";
import type { Translator } from "./words";

const translators = { en, "zh-Hans": zh };

function translatorOf(locale: keyof typeof translators): Translator {
  const messages = translators[locale] as typeof en;
  const onError = (error: Error) => {
    throw error;
  };
  return createTranslator({ locale, messages, onError }) as unknown as Translator;
}

const full = {
  ...{ before: "user", after: "admin user", name: "Key on phone", email: "ada@example.com" },
  ...{ browser: "Firefox", os: "macOS", approved_browser: "Safari", approved_os: "iPhone" },
  ...{ client: "notes", client_name: "Notes", invitation: "i", roles: "admin user", method: "qr" },
  ...{ reason: "unknown_device", site: "https://wiki.example.com", act: "disable" },
  ...{ sessions: 2, uses: 3, left: 9 },
};

function told(type: AuditEventType, about: Partial<ToldEvent> = {}): ToldEvent {
  const ada = { user_id: "a", username: "ada", actor_id: "g", actor_name: "grace" };
  return { type, ...ada, detail: {}, ...about };
}

describe("the sentence of an event", () => {
  it("is there for every kind of event, and for no other", () => {
    expect(Object.keys(en.audit.events)).toEqual([...auditEventTypes]);
    expect(Object.keys(zh.audit.events)).toEqual([...auditEventTypes]);
  });

  it.each(Object.keys(translators) as (keyof typeof translators)[])(
    "is whole in %s, whatever is known of the event",
    (locale) => {
      const t = translatorOf(locale);
      const nobody = { user_id: null, username: null, actor_id: null, actor_name: null };
      for (const type of auditEventTypes) {
        for (const about of [
          {},
          nobody,
          { detail: full },
          { detail: full, actor_id: "a", actor_name: "ada" },
        ]) {
          for (const viewer of [null, "a"]) {
            const sentence = auditSentence(t, told(type, about), viewer);
            expect(sentence, type).toMatch(locale === "en" ? /^\S.*[^\s.]\.$/ : /^\S.*[^\s。]。$/);
            expect(sentence, type).not.toMatch(/[{}<>]|undefined|null|audit\.|\s{2}|\s[.,)]/);
          }
        }
      }
    },
  );

  it("names who did it and to whom", () => {
    const t = translatorOf("en");
    const change = { detail: { before: "user", after: "admin user" } };
    expect(auditSentence(t, told("roles_changed", change), null)).toBe(
      "grace changed the roles of ada: user → admin, user.",
    );
    expect(auditSentence(t, told("roles_changed", change), "a")).toBe(
      "grace changed the roles of this account: user → admin, user.",
    );
    const operator = { actor_id: "operator", actor_name: null };
    expect(auditSentence(t, told("account_disabled", operator), null)).toBe("The operator disabled ada.");
    const gone = { username: null, actor_id: "g", actor_name: null };
    expect(auditSentence(t, told("account_disabled", gone), null)).toBe(
      "A deleted account disabled a deleted account.",
    );
  });

  it("says you on one’s own page, and where a session was approved", () => {
    const t = translatorOf("en");
    const own = { actor_id: "a", actor_name: "ada" };
    expect(auditSentence(t, told("password_changed", own), "a")).toBe("You changed the password.");
    const { browser, os, approved_browser, approved_os, method } = full;
    const detail = { browser, os, approved_browser, approved_os, method };
    expect(auditSentence(t, told("signed_in", { ...own, detail }), null)).toBe(
      "ada signed in by QR code on Firefox on macOS, approved on Safari on iPhone.",
    );
  });
});
