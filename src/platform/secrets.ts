import { hkdfSync, randomBytes } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { SecretRing } from "../modules/ports";
import { OperatorError } from "./operator-error";

const MIN_SECRET_BYTES = 32;
/** Four digits, as {@link createSecretRing} reads them. */
const MAX_SECRET_ID = 9999;
const placeholder = /change|secret|example|default|password|placeholder/i;

/** The installation's secrets cannot be used. Its message is for the operator. */
export class SecretsError extends OperatorError {}

/**
 * Reads the installation's secrets: from the setting when there is one, else from `secrets` in the data folder (mode
 * 0600), which is made when the installation is new.
 *
 * Text: one `id:base64url` a line (or separated by commas), id a whole number; the highest id makes new things, the
 * others only open what they made.
 *
 * @throws SecretsError for a short, guessable or missing secret; also when the data folder holds a database but no
 * secrets, because new ones would silently sign everyone out and lose the keys
 */
export function loadSecrets(options: {
  setting: string | undefined;
  dataDir: string;
  databaseExists: boolean;
}): SecretRing {
  if (options.setting !== undefined) return createSecretRing(options.setting);
  const file = path.join(options.dataDir, "secrets");
  if (!existsSync(file)) {
    if (options.databaseExists) {
      throw new SecretsError(
        `There is a database but no secrets: put back ${path.basename(options.dataDir)}/secrets, or set SECRETS.`,
      );
    }
    createSecretsFile(file);
  }
  return createSecretRing(readFileSync(file, "utf8"));
}

/** Two first starts at once end on one file: the link is made by one of them only, and it is whole when it appears. */
function createSecretsFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = writeDraft(file, newLine(1));
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft);
  }
}

interface SecretsPlace {
  readonly setting: string | undefined;
  readonly dataDir: string;
}

/**
 * Makes a secret that makes new things from the next start on. What the others made still opens.
 *
 * @returns its id
 * @throws SecretsError when the secrets are not in the data folder's file, or cannot be used
 */
export function makeSecret(place: SecretsPlace): string {
  const { file, text } = readSecretsFile(place);
  const id = Number(createSecretRing(text).currentId) + 1;
  if (id > MAX_SECRET_ID) throw new SecretsError(`Secret ids end at ${MAX_SECRET_ID}.`);
  writeSecretsFile(file, `${text.trimEnd()}\n${newLine(id)}`);
  return String(id);
}

/**
 * Gives up all secrets but the newest: nothing that the others made opens any more.
 *
 * @throws SecretsError as {@link makeSecret}
 */
export function dropOlderSecrets(place: SecretsPlace): void {
  const { file, text } = readSecretsFile(place);
  const newest = `${createSecretRing(text).currentId}:`;
  const entry = text.split(/[\s,]+/).find((one) => one.startsWith(newest));
  writeSecretsFile(file, `${entry}\n`);
}

function readSecretsFile({ setting, dataDir }: SecretsPlace): { file: string; text: string } {
  const file = path.join(dataDir, "secrets");
  if (setting !== undefined)
    throw new SecretsError("The secrets are in SECRETS: change them there, and restart the service.");
  if (!existsSync(file)) throw new SecretsError(`There are no secrets in ${dataDir}.`);
  return { file, text: readFileSync(file, "utf8") };
}

/** In one step, and in the place that a link may lead to: a file that is cut short would lose every session and key. */
function writeSecretsFile(file: string, text: string): void {
  const target = realpathSync(file);
  renameSync(writeDraft(target, text), target);
}

function newLine(id: number): string {
  return `${id}:${randomBytes(MIN_SECRET_BYTES).toString("base64url")}\n`;
}

/** @returns a file beside the one that is meant, whole and on disk */
function writeDraft(file: string, text: string): string {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
  return draft;
}

/** @throws SecretsError */
export function createSecretRing(text: string): SecretRing {
  const secrets = new Map<string, Buffer>();
  for (const entry of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const match = /^([1-9][0-9]{0,3}):([A-Za-z0-9_-]+)$/.exec(entry);
    if (!match?.[1] || !match[2]) throw new SecretsError("SECRETS is a list of id:base64url, such as 1:…");
    // Which of the two is meant nobody can know, and what the other has made would be lost without a word.
    if (secrets.has(match[1])) throw new SecretsError(`Secret ${match[1]} is given twice.`);
    const secret = Buffer.from(match[2], "base64url");
    if (secret.length < MIN_SECRET_BYTES)
      throw new SecretsError(`Secret ${match[1]} has fewer than 32 bytes.`);
    if (
      new Set(secret).size < 12 ||
      placeholder.test(match[2]) ||
      placeholder.test(secret.toString("latin1"))
    ) {
      throw new SecretsError(`Secret ${match[1]} is not random. Make one with: openssl rand -base64 32`);
    }
    secrets.set(match[1], secret);
  }
  const currentId = [...secrets.keys()].sort((a, b) => Number(b) - Number(a))[0];
  if (currentId === undefined) throw new SecretsError("SECRETS is empty.");

  const derived = new Map<string, Buffer>();
  return {
    currentId,
    ids: [...secrets.keys()],
    derive(id, purpose) {
      const secret = secrets.get(id);
      if (!secret) return undefined;
      const name = `${id}/${purpose}`;
      const known = derived.get(name);
      if (known) return known;
      // RFC 5869: a key of its own for each purpose.
      const key = Buffer.from(hkdfSync("sha256", secret, "countersign", purpose, 32));
      derived.set(name, key);
      return key;
    },
  };
}
