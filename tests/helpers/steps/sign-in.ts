/** The steps of a sign-in, one by one, so that a test can leave one out, repeat it or bend it. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { CompactEncrypt, importJWK, type JWK } from "jose";
import { type Answer, type Device, proofHeader, type TestService } from "../service";

export interface Ticket {
  readonly t: string;
  readonly encryption_jwk: JWK & { kid: string };
  readonly captcha: { readonly required: boolean; readonly id: string; readonly kinds: string[] };
}

/** What may differ from a plain request by nobody in particular. */
export interface Sender {
  readonly device?: Device | undefined;
  readonly address?: string | undefined;
  readonly headers?: Record<string, string>;
}

export async function getTicket(service: TestService, sender: Sender = {}): Promise<Ticket> {
  const answer = await send(service, "GET", "/api/auth/get_t", undefined, sender);
  if (answer.status !== 200) throw new Error(`get_t answered ${answer.status}`);
  return answer.body as unknown as Ticket;
}

export function login(service: TestService, body: unknown, sender: Sender = {}): Promise<Answer> {
  return send(service, "POST", "/api/auth/login", body, sender);
}

/** A ticket and a sign-in with it. */
export async function attempt(
  service: TestService,
  username: string,
  password: string,
  sender: Sender = {},
): Promise<Answer> {
  const { t } = await getTicket(service, sender);
  return login(service, { t, username, password }, sender);
}

export async function send(
  service: TestService,
  method: string,
  pathname: string,
  json: unknown,
  sender: Sender = {},
): Promise<Answer> {
  return service.call(pathname, {
    method,
    headers: { ...(await proofHeader(sender.device, method, pathname, service.clock)), ...sender.headers },
    ...(json === undefined ? {} : { json }),
    ...(sender.address === undefined ? {} : { address: sender.address }),
  });
}

/** A compact JWE as a browser makes it; members of the header can be replaced. */
export async function encrypt(
  jwk: JWK & { kid: string },
  plaintext: unknown,
  header: Record<string, unknown> = {},
): Promise<string> {
  const { alg, ...publicKey } = jwk;
  const text = typeof plaintext === "string" ? plaintext : JSON.stringify(plaintext);
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: alg ?? "ECDH-ES+A256KW", enc: "A256GCM", kid: jwk.kid, ...header })
    .encrypt(await importJWK(publicKey, String(header.alg ?? alg)));
}

/** Every byte that the service keeps on disk, the write-ahead log included; its secrets file left out. */
export function storedBytes(service: Pick<TestService, "dataDir">): Buffer {
  const files = readdirSync(service.dataDir).filter((name) => name !== "secrets");
  return Buffer.concat(files.map((name) => readFileSync(path.join(service.dataDir, name))));
}

/** How often each outcome came: `{ "200": 1, invalid_ticket: 49 }`. */
export function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = body.error ?? String(status);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** The same, but for those whom a busy machine has told to come again: what they asked for was not done. */
export function tallyOfAnswered(answers: readonly Answer[]): Record<string, number> {
  return tally(answers.filter(({ body }) => body.error !== "temporarily_unavailable"));
}

export function times<T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => run(index)));
}
