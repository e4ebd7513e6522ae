import { describe, expect, it } from "vitest";
import { isSamePlace } from "./same-place";

describe("isSamePlace", () => {
  it.each([
    ["http://localhost:3000", "http://localhost:3000", true],
    ["http://127.0.0.1:3000", "http://localhost:3000", true],
    ["http://[::1]:3000", "http://127.0.0.1:3000", true],
    ["http://localhost:3001", "http://localhost:3000", false],
    ["http://app.localhost:3000", "http://localhost:3000", false],
    ["https://localhost:3000", "http://localhost:3000", false],
    ["http://192.168.1.7:3000", "http://localhost:3000", false],
    ["https://a.example", "https://b.example", false],
  ])("%s and %s: %s", (one, other, expected) => expect(isSamePlace(one, other)).toBe(expected));
});
