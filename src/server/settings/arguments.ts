import { parseArgs } from "node:util";
import { OperatorError } from "../../platform/operator-error";

/** @throws OperatorError for anything but `--lan` */
export function readArguments(args: readonly string[]): { readonly mode: "ordinary" | "lan" } {
  const { tokens } = parseArgs({
    args: [...args],
    options: { lan: { type: "boolean" } },
    strict: false,
    tokens: true,
  });
  const unknown = tokens.find((token) => token.kind !== "option" || token.rawName !== "--lan" || token.value);
  if (unknown) {
    const given = args[unknown.index];
    throw new OperatorError(`"${given}" is not known here. There is one option: npm start -- --lan`);
  }
  return { mode: tokens.length > 0 ? "lan" : "ordinary" };
}
