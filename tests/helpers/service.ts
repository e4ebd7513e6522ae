import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as dpop from "dpop";
import { exportJWK, SignJWT } from "jose";
import pino from "pino";
import { inject } from "vitest";
import { type Container, createContainer } from "../../src/server/composition/container";
import { type Api, createApi } from "../../src/server/faces/api";
import { readEnvironment } from "../../src/server/settings/environment";
import { copyDatabase, dropDatabase } from "./postgres/databases";

export const APP_URL = "http://localhost:3000";
export const PASSWORD = "velvet quarry lamp seventeen";

/** A clock that tests move. It starts at the real time, a little ahead of any process start. */
export class TestClock {
  #offsetInMs = 0;
  #passedInMs = 0;
  #stoppedAtInMs: number | undefined;
  #stoppedUptimeInMs: number | undefined;
  now(): Date {
    return new Date((this.#stoppedAtInMs ?? Date.now()) + this.#offsetInMs);
  }
  /** From here on only `advance` lets time pass, so that it does not matter how long the machine takes. */
  stop(): void {
    this.#stoppedAtInMs = Date.now();
    this.#stoppedUptimeInMs = performance.now();
  }
  get isReal(): boolean {
    return this.#offsetInMs === 0 && this.#stoppedAtInMs === undefined;
  }
  /** Lets time pass; back, it is set. */
  advance(seconds: number): void {
    if (seconds > 0) this.#passedInMs += seconds * 1000;
    this.#offsetInMs += seconds * 1000;
  }
  /** Sets it, and no time passes. */
  set(bySeconds: number): void {
    this.#offsetInMs += bySeconds * 1000;
  }
  /** Milliseconds that have passed, however it was set. */
  uptimeInMs(): number {
    return (this.#stoppedUptimeInMs ?? performance.now()) + this.#passedInMs;
  }
}

export interface Answer {
  readonly status: number;
  /** Compared member by member; a missing one is undefined. */
  readonly body: Record<string, unknown> & { error?: string };
  readonly headers: Headers;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly form?: Record<string, string>;
  readonly body?: BodyInit;
  readonly address?: string;
  /** Left out, it is the address; null means a forwarding header that nobody vouches for. */
  readonly network?: null;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in?: number;
  readonly session_id: string;
}

export interface TestService {
  readonly api: Api;
  readonly container: Container;
  /** The instance whose `container` this is, alone: for a test that changes how that one works. */
  readonly first: TestService;
  readonly clock: TestClock;
  readonly dataDir: string;
  readonly databaseFile: string;
  /** Everything that was logged, as text. */
  log(): string;
  call(pathname: string, options?: CallOptions): Promise<Answer>;
  addUser(username: string, password?: string): Promise<string>;
  /** Signs in without a proof (bearer) or with the device's key. */
  signIn(username: string, device?: Device, password?: string): Promise<Tokens>;
  /** A second instance on the same database. */
  another(settings?: Record<string, string>): Promise<TestService>;
  close(): Promise<void>;
}

/** On PostgreSQL the calls of a test go to so many instances by turns: what holds must not hold by one process's memory. */
export const INSTANCES_ON_POSTGRES = 3;

/**
 * The service in this process, on a database of its own, with the settings given over `CAPTCHA=off`. In the project
 * `postgres` it is several instances, of which `container` is the first one's.
 */
export async function startService(
  settings: Record<string, string> = {},
  clock = new TestClock(),
): Promise<TestService> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-"));
  const database = await databaseOfProject();
  const first = await open(dataDir, { ...database?.settings, ...settings }, clock);
  const service = database ? await spread(first, INSTANCES_ON_POSTGRES) : first;
  return withClose(service, async () => {
    await database?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });
}

/** Starts further instances beside the first, and sends calls to all of them by turns. */
async function spread(first: TestService, instances: number): Promise<TestService> {
  const all = [first];
  while (all.length < instances) all.push(await first.another());
  let sent = 0;
  const next = () => all[sent++ % all.length] ?? first;
  const ownCall: TestService["call"] = (...call) => next().call(...call);
  return Object.create(first, {
    api: { value: ((...call) => next().api(...call)) satisfies Api },
    call: { value: ownCall },
    signIn: { value: signInBy(ownCall, first.clock) },
    log: { value: () => all.map((one) => one.log()).join("") },
    close: {
      async value() {
        for (const one of all) await one.close();
      },
    },
  }) as TestService;
}

/** Vitest's project `postgres` runs tests that know no database on PostgreSQL. All others run on SQLite, by default. */
async function databaseOfProject() {
  const template = inject("postgresTemplate");
  if (!template) return undefined;
  const url = await copyDatabase(template);
  return {
    settings: { DATABASE_URL: url, SECRETS: `1:${randomBytes(32).toString("base64url")}` },
    drop: () => dropDatabase(url, url),
  };
}

/** Its other members stay as they are, also those that are made when they are asked for. */
function withClose(service: TestService, afterClose: () => Promise<void>): TestService {
  return Object.create(service, {
    close: {
      async value() {
        await service.close();
        await afterClose();
      },
    },
  }) as TestService;
}

async function open(
  dataDir: string,
  settings: Record<string, string>,
  clock: TestClock,
): Promise<TestService> {
  const environment = readEnvironment({ DATA_DIR: dataDir, APP_URL, CAPTCHA: "off", ...settings });
  const lines: string[] = [];
  const log = pino({ level: "debug", base: null }, { write: (line: string) => void lines.push(line) });
  const container = await createContainer(environment, {
    migrationsDir: path.resolve("prisma/migrations"),
    clock,
    uptimeInMs: () => clock.uptimeInMs(),
    log,
  });
  const api = createApi(container);
  const call = async (pathname: string, options: CallOptions = {}): Promise<Answer> => {
    const request = toRequest(pathname, options);
    const { address = "192.0.2.1", network = address } = options;
    const response = await api(request, { address, network });
    return { status: response.status, body: await bodyOf(response), headers: response.headers };
  };
  const own: TestService = {
    api,
    container,
    get first() {
      return own;
    },
    clock,
    dataDir,
    get databaseFile() {
      if (environment.storage.kind !== "sqlite")
        throw new Error("there is no file: the service runs on PostgreSQL");
      return environment.storage.file;
    },
    log: () => lines.join(""),
    call,
    signIn: signInBy(call, clock),
    addUser: async (username, password = PASSWORD) =>
      (await container.accounts.create({ username, password })).id,
    another: (more = {}) => open(dataDir, { ...settings, ...more }, clock),
    close: () => container.close(),
  };
  return own;
}

function signInBy(call: TestService["call"], clock: TestClock): TestService["signIn"] {
  return async (username, device, password = PASSWORD) => {
    const ticket = await call("/api/auth/get_t", {
      headers: await proofHeader(device, "GET", "/api/auth/get_t", clock),
    });
    const answer = await call("/api/auth/login", {
      method: "POST",
      headers: await proofHeader(device, "POST", "/api/auth/login", clock),
      json: { t: ticket.body.t, username, password },
    });
    if (answer.status !== 200)
      throw new Error(`sign-in answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as unknown as Tokens;
  };
}

function toRequest(pathname: string, options: CallOptions): Request {
  const headers = new Headers(options.headers);
  let body = options.body;
  if (options.json !== undefined) {
    headers.set("content-type", "application/json");
    body = JSON.stringify(options.json);
  }
  if (options.form) body = new URLSearchParams(options.form);
  const method = options.method ?? (body === undefined ? "GET" : "POST");
  return new Request(APP_URL + pathname, { method, headers, ...(body === undefined ? {} : { body }) });
}

async function bodyOf(response: Response): Promise<Answer["body"]> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return isJson ? (JSON.parse(text) as Answer["body"]) : { text };
}

/** A device: its key, made by the npm package `dpop`, which knows nothing of us. */
export type Device = dpop.KeyPair;

export function newDevice(): Promise<Device> {
  return dpop.generateKeyPair("ES256");
}

/** The `DPoP` header of one request; nothing without a device. */
export async function proofHeader(
  device: Device | undefined,
  method: string,
  pathname: string,
  clock: TestClock | undefined,
  accessToken?: string,
): Promise<Record<string, string>> {
  if (!device) return {};
  return { dpop: await makeProof(device, method, pathname, clock, accessToken) };
}

/** By the package `dpop` at the real time; by jose where a test moved the clock, because `dpop` knows only the real one. */
export async function makeProof(
  device: Device,
  method: string,
  pathname: string,
  clock?: TestClock,
  accessToken?: string,
): Promise<string> {
  const htu = APP_URL + (pathname.split("?")[0] ?? "");
  if (!clock || clock.isReal) return dpop.generateProof(device, htu, method, undefined, accessToken);
  const claims = {
    htm: method,
    htu,
    jti: randomText(),
    ...(accessToken ? { ath: createHash("sha256").update(accessToken).digest("base64url") } : {}),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: await exportJWK(device.publicKey) })
    .setIssuedAt(Math.floor(clock.now().getTime() / 1000))
    .sign(device.privateKey);
}

/** Headers of a call with a bound token. */
export async function boundHeaders(
  device: Device,
  method: string,
  pathname: string,
  accessToken: string,
  clock?: TestClock,
): Promise<Record<string, string>> {
  return {
    authorization: `DPoP ${accessToken}`,
    dpop: await makeProof(device, method, pathname, clock, accessToken),
  };
}

export function bearer(accessToken: string): Record<string, string> {
  return { authorization: `Bearer ${accessToken}` };
}

export function randomText(): string {
  return randomBytes(16).toString("base64url");
}
