import type { Options } from "./options";
import { UsageError } from "./usage-error";

/**
 * Reads a password from standard input, never from an argument: those are seen by everyone on the machine and kept in
 * histories.
 *
 * @throws UsageError
 */
export async function readPassword(options: Options): Promise<string> {
  if (!options["password-stdin"]) {
    throw new UsageError("Give the password on standard input and say --password-stdin.");
  }
  const password = decodeInput(Buffer.concat(await process.stdin.toArray())).replace(/\r?\n$/, "");
  if (password === "") throw new UsageError("Standard input held no password.");
  if (/[\r\n]/.test(password)) {
    throw new UsageError(
      "Standard input held more than one line: nobody could type that password into a page.",
    );
  }
  return password;
}

/** Another encoding's letters would all become the same one, and many passwords would open the account. */
function decodeInput(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError("Standard input is not UTF-8.");
  }
}
