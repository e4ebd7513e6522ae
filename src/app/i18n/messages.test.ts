import { describe, expect, it } from "vitest";
import en from "./messages/en.json";
import zh from "./messages/zh.json";

type Catalogue = { readonly [key: string]: string | Catalogue };

function flatten(catalogue: Catalogue, prefix = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(catalogue)) {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (typeof value === "string") {
      flat.set(path, value);
    } else {
      for (const [inner, text] of flatten(value, path)) {
        flat.set(inner, text);
      }
    }
  }
  return flat;
}

/** Names of arguments (`{n}`, `{n, plural, …}`) and of tags (`<code>`), sorted. */
function placeholders(text: string): string[] {
  const names = [...text.matchAll(/\{\s*(\w+)\s*[,}]|<(\w+)>/g)].map((match) => match[1] ?? `<${match[2]}>`);
  return [...new Set(names)].sort();
}

const english = flatten(en);
const chinese = flatten(zh);

describe("the message catalogue", () => {
  it("has the same keys in both languages", () => {
    expect([...chinese.keys()]).toEqual([...english.keys()]);
  });

  it("has the same placeholders in both languages", () => {
    for (const [key, text] of english) {
      expect(placeholders(chinese.get(key) ?? ""), key).toEqual(placeholders(text));
    }
  });

  it("leaves nothing empty and nothing untranslated", () => {
    const sameInBoth = new Set(["app.name", "language.en", "language.zh-Hans"]);
    for (const [key, text] of english) {
      expect(text.trim(), key).not.toBe("");
      expect(chinese.get(key)?.trim(), key).not.toBe("");
      if (!sameInBoth.has(key)) {
        expect(chinese.get(key), key).not.toBe(text);
      }
    }
  });

  it("tells a placeholder from plain text", () => {
    expect(placeholders("a {n, plural, one {# day} other {# days}} <code>{name}</code>")).toEqual([
      "<code>",
      "n",
      "name",
    ]);
  });
});
