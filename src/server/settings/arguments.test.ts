import { describe, expect, it } from "vitest";
import { OperatorError } from "../../platform/operator-error";
import { readArguments } from "./arguments";

describe("readArguments", () => {
  it("knows --lan, and nothing is ordinary", () => {
    expect(readArguments([])).toEqual({ mode: "ordinary" });
    expect(readArguments(["--lan"])).toEqual({ mode: "lan" });
  });

  it.each(["--lna", "lan", "-l", "--lan=yes", "--", "--port=3000"])("refuses %s by name", (argument) => {
    expect(() => readArguments(["--lan", argument])).toThrow(OperatorError);
    expect(() => readArguments([argument])).toThrow(`"${argument}" is not known here`);
  });
});
