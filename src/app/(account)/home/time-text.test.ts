import { describe, expect, it } from "vitest";
import { timeText } from "./time-text";

const now = 1_795_000_000;

describe("timeText", () => {
  it.each([
    [0, "now"],
    [59, "now"],
    [60, "1 minute ago"],
    [3_599, "59 minutes ago"],
    [3_600, "1 hour ago"],
    [86_399, "23 hours ago"],
    [86_400, "yesterday"],
    [6 * 86_400, "6 days ago"],
    [-30, "now"],
  ])("%d seconds ago: %s", (age, text) => expect(timeText("en", now - age, now)).toBe(text));

  it("gives the date after a week, and speaks Chinese", () => {
    expect(timeText("en", now - 8 * 86_400, now)).toMatch(/2026/);
    expect(timeText("zh-Hans", now - 300, now)).toBe("5分钟前");
  });
});
