import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { createVerifier, type Verifier } from "../../src/verify";
import { type Row, ratioRow } from "./report";
import { compare, type Measured, type Window } from "./rounds";

const ISSUER = "https://accounts.example.com";
const TOKENS_PER_ROUND = 400;
const WARM_UP_ROUNDS = 4;
const NEW_TARGET = 0.8;
const SEEN_TARGET = 20;

interface Token {
  readonly text: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/**
 * What verification costs a service of someone else's: tokens seen for the first time and tokens seen before, against a bare
 * ES256 verification of the same tokens. Runs here, in one process, since no service takes part.
 */
export async function measureConsumer(rounds: number): Promise<Row[]> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const tokens = Array.from({ length: TOKENS_PER_ROUND }, (_, index) => signToken(privateKey, index));
  const measured: Record<"bare" | "new" | "seen", Window[]> = { bare: [], new: [], seen: [] };
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const verifier = await warmVerifier(privateKey, publicKey);
    const variants = {
      bare: () => verifyBare(publicKey, tokens),
      // A verifier of its own each round: none of these tokens has been seen by it.
      new: () => verifyAll(verifier, tokens, 1),
      seen: () => verifyAll(verifier, tokens, SEEN_TARGET),
    };
    // In turning order, as far as it goes: what is seen before has to be new before.
    const order = round % 2 === 0 ? (["bare", "new", "seen"] as const) : (["new", "seen", "bare"] as const);
    for (const name of order) {
      const window = await measureHere(variants[name]);
      if (round >= 0) measured[name].push(window);
    }
  }
  return [
    ratioRow("a consumer verifies new tokens / bare ES256", compareHere(measured, "new"), NEW_TARGET),
    ratioRow(
      "a consumer verifies tokens seen before / bare ES256",
      compareHere(measured, "seen"),
      SEEN_TARGET,
    ),
  ];
}

function compareHere(measured: Measured<"bare" | "new" | "seen">, variant: "new" | "seen") {
  return compare(measured, variant, "bare");
}

async function measureHere(variant: () => Promise<number>): Promise<Window> {
  const cpuBefore = process.cpuUsage();
  const beganAtInMs = performance.now();
  const calls = await variant();
  const durationInMs = performance.now() - beganAtInMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { callsPerSecond: (calls / durationInMs) * 1000, cpuPerCallInMs: (user + system) / 1000 / calls };
}

async function verifyBare(key: KeyObject, tokens: readonly Token[]): Promise<number> {
  for (const { signed, signature } of tokens) {
    const isGood = verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature);
    if (!isGood) throw new Error("a token of ours is not good");
  }
  return tokens.length;
}

async function verifyAll(verifier: Verifier, tokens: readonly Token[], times: number): Promise<number> {
  for (let time = 0; time < times; time += 1) {
    for (const { text } of tokens) await verifyOne(verifier, text);
  }
  return tokens.length * times;
}

function verifyOne(verifier: Verifier, token: string) {
  return verifier.verify({ method: "GET", path: "/", authorization: `Bearer ${token}`, proof: null });
}

/** With the published key already fetched. */
async function warmVerifier(privateKey: KeyObject, publicKey: KeyObject): Promise<Verifier> {
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k", alg: "ES256", use: "sig" };
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: ISSUER,
    origin: "https://api.example.com",
    fetch: async () => Response.json({ keys: [jwk] }),
  });
  await verifyOne(verifier, signToken(privateKey, -1).text);
  return verifier;
}

function signToken(key: KeyObject, index: number): Token {
  const nowInSeconds = Math.floor(Date.now() / 1000);
  const header = { alg: "ES256", typ: "at+jwt", kid: "k" };
  const claims = {
    iss: ISSUER,
    aud: ISSUER,
    sub: `user-${index}`,
    sid: `session-${index}`,
    client_id: "countersign",
    roles: ["user"],
    iat: nowInSeconds,
    exp: nowInSeconds + 3_600,
    jti: `token-${index}`,
  };
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return {
    text: `${signed}.${signature.toString("base64url")}`,
    signed: Buffer.from(signed, "latin1"),
    signature,
  };
}
