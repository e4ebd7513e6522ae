import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditEventType } from "../../../src/contract/audit";
import { type RoleName, roleName } from "../../../src/contract/schemas";
import type { AccountRecord } from "../../../src/modules/accounts";
import { everyEndpoint } from "../../../src/server/endpoints";
import type { Endpoint } from "../../../src/server/endpoints/endpoint";
import { inputsOf, type Meanings } from "../../helpers/any-input";
import { type Answer, bearer, PASSWORD, startService, type TestService } from "../../helpers/service";

/** Nothing here names an operation: a new one is called by everybody, with all that its shape lets through. */
const NAMES = ["olive", "oscar", "adam", "abel", "una", "ugo"] as const;
type Name = (typeof NAMES)[number];
const BEGIN: Readonly<Record<Name, readonly RoleName[]>> = {
  ...{ olive: ["owner"], oscar: ["owner", "user"], adam: ["admin"] },
  ...{ abel: ["admin", "user"], una: ["user"], ugo: ["user"] },
};
const NOBODY = -1;
const rank = { owner: 2, admin: 1, user: 0 } as const;
const highest = (roles: readonly RoleName[]) => Math.max(...roles.map((role) => rank[role]));

const runs = Number(process.env.FUZZ_RUNS ?? 6);
/** Of who may not do all that they try: whom they try it on is drawn. */
const TRIES_OF_OTHERS = 8 * runs;
/** Until an owner's act is done: what is asked for may be somebody who is gone, or a name that is taken. */
const MAX_TRIES = 60;

const operations = everyEndpoint.flatMap((endpoint) =>
  endpoint.addresses.map((address) => ({ address, endpoint })),
);
type Operation = (typeof operations)[number];
const isAct = ({ address, endpoint }: Operation) =>
  endpoint.kind === "mutation" && address.includes(" /api/admin/");

/** What follows from an act or comes with it, and is a row of its own. */
const CONSEQUENCES: readonly AuditEventType[] = ["session_ended", "signed_in", "act_refused"];

let service: TestService;
let database: Database.Database;
let count = 0;
/** Whether anything was done since the last reset. */
let isUsed = true;
const ids = new Map<Name, string>();
const tokens = new Map<Name, string>();
/** What answers have given out so far: codes of invitations, and tokens that set a password. */
const given: Record<"join" | "recover", string[]> = { join: ["x".repeat(22)], recover: ["x".repeat(43)] };

beforeAll(async () => {
  const limits = ["TICKETS", "ADDRESS_FAILURES", "MAILS", "QR_CODES", "LIVE_QR_CODES", "QR_CLAIMS"];
  service = await startService(Object.fromEntries(limits.map((name) => [`LIMIT_${name}`, "1000000"])));
  service.clock.stop();
  for (const name of NAMES) ids.set(name, await service.addUser(name));
  database = new Database(service.databaseFile, { readonly: true });
});
afterAll(async () => {
  database?.close();
  await service?.close();
});

const everybody = () => service.container.accounts.list();

/** Everybody as they begin, enabled, under their name and signed in just now. */
async function reset(): Promise<void> {
  if (!isUsed) return;
  isUsed = false;
  const { accounts, accountAdministration: administration, sessions } = service.container;
  for (const name of NAMES) {
    const found = await accounts.find(ids.get(name) ?? "");
    if (!found) ids.set(name, await service.addUser(`${name}${++count}`));
    const id = ids.get(name) ?? "";
    await accounts.enable(await administration.requireById(id));
    const account = await administration.requireById(id);
    if (account.roles.join() !== BEGIN[name].join())
      await administration.setRoles(account.username, BEGIN[name], "may_go");
    const { accessToken } = await sessions.create({
      ...{ user: await administration.requireById(id), clientId: "countersign", method: "password" },
      ...{ factors: ["pwd"], keyThumbprint: null, device: { browser: null, os: null }, address: null },
    });
    tokens.set(name, accessToken);
  }
  const client = { id: `program${++count}`, name: "A program", authentication: "client_secret" };
  const headers = bearer(tokens.get("olive") ?? "");
  const added = await service.call("/api/admin/clients", {
    headers,
    json: { ...client, grants: ["device_code"] },
  });
  expect(added.status).toBe(201);
}

/** All that acts are about. */
function stored(): string {
  const tables = ["User", "Passkey", "OAuthClient", "Invitation"];
  const rows = tables.map((table) => database.prepare(`SELECT * FROM "${table}" ORDER BY 1`).all());
  const verified = database.prepare(`SELECT * FROM "EmailAddress" WHERE "verifiedKey" NOT NULL ORDER BY 1`);
  return JSON.stringify([...rows, verified.all()]);
}

/** What each invitation would make of people. */
function invited(): Map<string, RoleName[]> {
  const rows = database.prepare(`SELECT "id", "roles" FROM "Invitation"`).all() as {
    id: string;
    roles: string;
  }[];
  return new Map(rows.map(({ id, roles }) => [id, roles.split(" ") as RoleName[]]));
}

interface AuditRow {
  readonly id: string;
  readonly type: AuditEventType;
  readonly actorId: string | null;
  readonly address: string | null;
}
const audited = () =>
  database.prepare(`SELECT "id", "type", "actorId", "address" FROM "AuditEvent"`).all() as AuditRow[];

const meanings: Meanings = {
  roles: fc.subarray([...roleName.options], { minLength: 1 }),
  role: fc.constantFrom(...roleName.options),
  id: fc.constant("").map(() => `program-${++count}`),
  username: fc.oneof(
    fc.constant("").map(() => `newcomer${++count}`),
    fc.constantFrom(...NAMES),
  ),
  email: fc.constant("").map(() => `somebody${++count}@example.com`),
  list: fc
    .constantFrom(...roleName.options)
    .map((role) => `email,roles\nlisted${++count}@example.com,${role}\n`),
  password: fc.constantFrom(PASSWORD, "another lantern meadow nine"),
  old_password: fc.constant(PASSWORD),
  new_password: fc.constant("another lantern meadow nine"),
  invitation: fc.constant("").map(() => given.join.at(-1)),
  reset_token: fc.constant("").map(() => given.recover.at(-1)),
  origins: fc.constant([]),
  jwks: fc.constant(undefined),
};

interface Step {
  readonly actor: Name | null;
  readonly input: Readonly<Record<string, unknown>>;
  /** Which of those there are is meant. */
  readonly pick: number;
}

const stepsOf = (
  endpoint: Endpoint,
  actors: readonly (Name | null)[] = [...NAMES, null],
): fc.Arbitrary<Step> =>
  fc.record({
    actor: fc.constantFrom(...actors),
    input: inputsOf(endpoint, meanings),
    pick: fc.nat(1000),
  });

/** What a parameter in the path may be: whatever the list at the path before it shows to an owner, and to who calls. */
async function idsAt(collection: string, actor: Name | null): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of [actor, "olive"] as const) {
    if (name === null || !operations.some(({ address }) => address === `GET ${collection}`)) continue;
    const { body } = await service.call(collection, { headers: bearer(tokens.get(name) ?? "") });
    for (const list of Object.values(body).filter(Array.isArray))
      for (const item of list as { id?: string }[]) if (item.id) found.push(item.id);
  }
  return found.length === 0 ? ["nothing"] : found;
}

async function call({ address, endpoint }: Operation, { actor, input, pick }: Step): Promise<Answer> {
  const [method = "", template = ""] = address.split(" ");
  const json: Record<string, unknown> = { ...input };
  let path = template;
  for (const [part, name = ""] of template.matchAll(/\{(\w+)\}/g)) {
    const choices = await idsAt(template.slice(0, template.indexOf(`/${part}`)), actor);
    path = path.replace(part, encodeURIComponent(choices[pick % choices.length] ?? ""));
    delete json[name];
  }
  if ("t" in json) json.t = (await service.call("/api/auth/get_t")).body.t;
  for (const { name, mustBe } of endpoint.parameters) if (mustBe !== undefined) path += `?${name}=${mustBe}`;
  const headers = actor === null ? {} : bearer(tokens.get(actor) ?? "");
  if (method === "GET") return service.call(path, { headers });
  const answer = await service.call(path, { method, headers, json });
  const [, page, secret] = /\/(join|recover)#([\w-]+)/.exec(JSON.stringify(answer.body)) ?? [];
  if (page && secret) given[page as "join" | "recover"].push(secret);
  return answer;
}

/** What must hold of every call, whoever makes it. @returns whether it was done */
async function requireOrder(operation: Operation, step: Step): Promise<boolean> {
  const said = `${operation.address} ${JSON.stringify(step)}`;
  const before = new Map((await everybody()).map((account) => [account.id, account]));
  const [rowsBefore, storedBefore, invitedBefore] = [audited(), stored(), invited()];
  const actor = step.actor === null ? undefined : before.get(ids.get(step.actor) ?? "");
  const own = actor ? highest(actor.roles) : NOBODY;
  const answer = await call(operation, step);
  const accounts = await everybody();
  const isDone = answer.status < 300;
  if (isDone && operation.endpoint.kind === "mutation") isUsed = true;
  const hasChanged = stored() !== storedBefore;
  const known = new Set(rowsBefore.map(({ id }) => id));
  const rows = audited().filter(({ id, type }) => !known.has(id) && !CONSEQUENCES.includes(type));

  for (const [id, roles] of invited())
    if (!invitedBefore.has(id)) expect(highest(roles), `${said}: invited`).toBeLessThanOrEqual(own);
  if (!isDone) expect(hasChanged, `${said}: refused, and changed something`).toBe(false);
  if (operation.endpoint.kind === "query")
    expect(hasChanged, `${said}: a read changed something`).toBe(false);

  for (const account of accounts) requireNotAbove(account, before.get(account.id), { actor, own, said });
  if (operation.endpoint.access.name === "session" && isDone)
    for (const [id, was] of before)
      if (highest(was.roles) > own && id !== actor?.id)
        expect(
          accounts.find((one) => one.id === id),
          `${said}: acted upwards`,
        ).toEqual(was);
  const isOwner = (one: AccountRecord) => one.disabledAt === null && one.roles.includes("owner");
  expect(accounts.some(isOwner), `${said}: no owner is left`).toBe(true);

  const types = rows.map(({ type }) => type);
  if (hasChanged) expect(types, `${said}: changed something`).toHaveLength(1);
  if (isAct(operation) && isDone) {
    expect(types.length, `${said}: ${types}`).toBeLessThanOrEqual(1);
    for (const row of rows) expect(row, said).toMatchObject({ actorId: actor?.id, address: "192.0.2.1" });
  }
  if (!isDone) expect(types, `${said}: refused`).toEqual([]);
  return isDone;
}

interface By {
  readonly actor: AccountRecord | undefined;
  readonly own: number;
  readonly said: string;
}

/** Nobody is raised above whoever calls; and who comes by an invitation not above whoever made that. */
function requireNotAbove(account: AccountRecord, was: AccountRecord | undefined, { own, said }: By): void {
  const now = highest(account.roles);
  if (was) return void expect(now, `${said}: raised`).toBeLessThanOrEqual(Math.max(highest(was.roles), own));
  const invitation = database
    .prepare(
      `SELECT "User"."roles" FROM "Invitation" JOIN "User" ON "User"."id" = "Invitation"."createdBy" WHERE "Invitation"."id" = ?`,
    )
    .pluck()
    .get(account.invitationId ?? "") as string | undefined;
  const inviter = invitation === undefined ? own : highest(invitation.split(" ") as RoleName[]);
  expect(now, `${said}: made`).toBeLessThanOrEqual(Math.max(0, inviter));
}

async function requireOrderOfAll(
  operation: Operation,
  steps: fc.Arbitrary<Step>,
  numRuns: number,
): Promise<void> {
  const property = fc.asyncProperty(steps, async (step) => {
    await reset();
    await requireOrder(operation, step);
  });
  await fc.assert(property, { numRuns });
}

describe.each(operations)("$address called by anybody with whatever fits", (operation) => {
  const { endpoint } = operation;

  it("raises nobody above whom they were, leaves an owner, and one row for what it changes", async () => {
    await requireOrderOfAll(operation, stepsOf(endpoint), runs);
    if (!isAct(operation)) return;
    await requireOrderOfAll(operation, stepsOf(endpoint, ["adam", "abel", "una"]), TRIES_OF_OTHERS);
    await reset();
    for (const step of fc.sample(stepsOf(endpoint, ["olive"]), MAX_TRIES))
      if (await requireOrder(operation, step)) return;
    expect.fail("an owner could not do it once: nothing was shown of it");
  }, 120_000);
});

it("whatever is called in whatever order, all of that holds", async () => {
  const steps = fc.array(
    fc
      .constantFrom(...operations)
      .chain((operation) => fc.tuple(fc.constant(operation), stepsOf(operation.endpoint))),
    { minLength: 2, maxLength: 10 },
  );
  const property = fc.asyncProperty(steps, async (calls) => {
    await reset();
    for (const [operation, step] of calls) await requireOrder(operation, step);
  });
  await fc.assert(property, { numRuns: runs * 3 });
}, 300_000);
