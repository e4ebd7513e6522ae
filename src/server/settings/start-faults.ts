import { mkdirSync } from "node:fs";
import { isDomainError } from "../../modules/domain-error";
import { SealedKeyError } from "../../modules/tokens";
import { OperatorError } from "../../platform/operator-error";

/**
 * Makes a folder that only the service's user may look into, where there is none.
 *
 * @throws OperatorError that names the setting
 */
export function makeFolder(folder: string, setting: "DATA_DIR" | "DATABASE_URL"): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OperatorError(
      `${setting}: ${folder} is not a folder that can be written to (${codeOf(error)}).`,
      {
        cause: error,
      },
    );
  }
}

/** What the operator can do about keys that the secrets do not open; anything else as it is. */
export function explainKeyFault(error: unknown): unknown {
  if (!(error instanceof SealedKeyError)) return error;
  return new OperatorError(
    `SECRETS: ${error.message} Put back the secret that belongs to this database; if it is lost, \`npm run -s countersign -- secrets replace\` lets new keys be made, and everyone signs in again. That command is for the file of secrets: with the setting SECRETS, and so on PostgreSQL, see "When a secret is known to others" in docs/how-to/rotate-keys-and-secrets.md.`,
    { cause: error },
  );
}

/** What the operator can do about a database that was opened and then did not answer; anything else as it is. */
export function explainStorageFault(error: unknown): unknown {
  if (!isDomainError(error) || error.code !== "temporarily_unavailable") return error;
  return new OperatorError(
    `DATABASE_URL: the database cannot be used now (${codeOf(error.cause)}). Another program may hold it locked, such as a backup or a database browser, or its disk is full or read-only. Put that right, then start again.`,
    { cause: error },
  );
}

/** What the operator can do about a port that was not given to us; anything else as it is. */
export function explainListenFault(
  error: unknown,
  { port, host }: { port: number; host: string | undefined },
) {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return new OperatorError(`PORT: another program has ${port}. End it, or set PORT to another number.`);
    case "EACCES":
      return new OperatorError(`PORT: this user may not open ${port}. Set PORT to a number over 1023.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new OperatorError(`HOST: ${host} is not an address of this machine.`);
    default:
      return error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "no reason known";
}
