import pLimit from "p-limit";
import type { RoleName } from "../../contract/schemas";
import { canonicalUsername } from "../accounts";
import type { AuditEntry, AuditTrail } from "../audit";
import { toStoredForm } from "../passwords";
import type { Clock, RandomSource } from "../ports";
import { newId } from "../secret-hash";
import type { Entry } from "./person";
import { type Plan, planOf } from "./plan";
import type { ImportStore, NewPerson, Taken } from "./record";
import { countOf, type ImportReport, type PersonReport } from "./report";
import { Reserved } from "./reserved";

/** So many are looked up and committed together: a running service writes in between. */
const SLICE = 100;
/** So many statements at once: a database server has few connections, and others wait for them too. */
const AT_ONCE = 16;
/** Others may change something between the look and the commit. */
const MAX_ROUNDS = 5;
/** Of numbers behind one name. */
const MAX_NUMBERS = 1000;
const MAX_SHOWN_ID_LENGTH = 64;

export interface PeopleImportOptions {
  readonly store: ImportStore;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export interface ImportWish {
  /** What the source is called, such as `keycloak`. */
  readonly source: string;
  /** Roles of ours by roles of the source. */
  readonly roles: ReadonlyMap<string, RoleName>;
  /** Everything is looked at and nothing is written. */
  readonly isDryRun: boolean;
  /** Is called now and then with how many entries are done. */
  readonly tell?: (count: number) => void;
}

/** One run. */
interface Run extends ImportWish {
  readonly id: string;
  readonly now: Date;
  readonly ids: Reserved;
  readonly usernames: Reserved;
  readonly emails: Reserved;
  readonly unmappedRoles: Map<string, number>;
}

/**
 * Brings people over from another system.
 *
 * Each comes with the account, the verified address and the row in the audit trail, or not at all. Somebody who has come before
 * is left as they are, so a run may be repeated, also one that was stopped in the middle. One that cannot come takes no other
 * along.
 */
export class PeopleImport {
  readonly #options: PeopleImportOptions;

  constructor(options: PeopleImportOptions) {
    this.#options = options;
  }

  /** @throws DomainError `temporarily_unavailable`; who was taken until then stays */
  async run(entries: Iterable<Entry> | AsyncIterable<Entry>, wish: ImportWish): Promise<ImportReport> {
    const { audit, clock, random } = this.#options;
    const run: Run = {
      ...wish,
      ...{ id: newId(random), now: clock.now(), unmappedRoles: new Map() },
      ...{ ids: new Reserved(), usernames: new Reserved(), emails: new Reserved() },
    };
    const people: PersonReport[] = [];
    const report = { isDryRun: wish.isDryRun, people, unmappedRoles: run.unmappedRoles };
    try {
      for await (const slice of slicesOf(entries)) {
        people.push(...(await this.#takeSlice(slice, run)));
        wish.tell?.(people.length);
      }
    } finally {
      if (!wish.isDryRun) await audit.record(recordOf(report, run));
    }
    return report;
  }

  async #takeSlice(entries: readonly Entry[], run: Run): Promise<PersonReport[]> {
    const limit = pLimit(AT_ONCE);
    const planned = entries.map((entry) => planIn(entry, run));
    const looked = await limit.map(planned, (plan) => (isPlan(plan) ? this.#look(plan) : undefined));
    // In their order: who comes first has the name. Only then all of the slice at once.
    const decided: (Decision | Refusal)[] = [];
    for (const [index, plan] of planned.entries()) {
      const taken = looked[index];
      decided.push(isPlan(plan) && taken ? await this.#decide(plan, taken, run) : (plan as Refusal));
    }
    return limit.map(decided, (decision) => this.#carryOut(decision, run));
  }

  #look({ id, username, email }: Plan): Promise<Taken> {
    return this.#options.store.look({
      id,
      usernameKey: canonicalUsername(username),
      emailKey: email?.key ?? null,
    });
  }

  async #decide(plan: Plan, taken: Taken, run: Run): Promise<Decision> {
    const { number, id: sourceId } = plan.person;
    const refuse = (fault: string) => ({ plan, report: refusal(number, sourceId, fault) });
    const holder = run.ids.claim(plan.id, number);
    if (holder !== number) return refuse(`it has the id of ${holder}`);
    const { existing } = taken;
    if (existing !== undefined) {
      const report = { number, sourceId, id: plan.id, username: existing };
      return { plan, report: { outcome: "already_there", ...report } };
    }
    const emailKey = plan.email?.key;
    const isEmailTaken =
      emailKey !== undefined && (taken.isEmailTaken || run.emails.claim(emailKey, number) !== number);
    if (isEmailTaken) return refuse("its address is another account's");
    const username = await this.#freeUsername(plan, taken, run);
    if (username === undefined) return refuse("its username is another account's");
    const { id, roles, notes } = plan;
    const report = { number, sourceId, id, username, roles, notes };
    return { plan: { ...plan, username }, report: { outcome: "taken", ...report } };
  }

  /** A name that the person has not chosen gets a number when another account has it. */
  async #freeUsername(plan: Plan, taken: Taken, run: Run): Promise<string | undefined> {
    const { number } = plan.person;
    const isFree = (username: string) => run.usernames.claim(canonicalUsername(username), number) === number;
    if (!taken.isUsernameTaken && isFree(plan.username)) return plan.username;
    if (plan.isUsernameTheirOwn) return undefined;
    for (let tried = 0; tried < MAX_NUMBERS; tried += 1) {
      const username = `${plan.username}-${run.usernames.nextNumber(plan.username)}`;
      if (isFree(username) && !(await this.#look({ ...plan, username })).isUsernameTaken) return username;
    }
    return undefined;
  }

  async #carryOut(decision: Decision | Refusal, run: Run): Promise<PersonReport> {
    if (!("plan" in decision)) return decision;
    let { plan, report } = decision;
    for (let round = 0; round < MAX_ROUNDS && report.outcome === "taken"; round += 1) {
      if (run.isDryRun || (await this.#options.store.insert(this.#personOf(plan, run)))) {
        noteRoles(plan, run);
        return report;
      }
      ({ plan, report } = await this.#decide(plan, await this.#look(plan), run));
    }
    if (report.outcome !== "taken") return report;
    return refusal(report.number, report.sourceId, "others changed accounts at the same time");
  }

  #personOf({ person, id, username, displayName, email, roles }: Plan, run: Run): NewPerson {
    const { now } = run;
    const detail = { by: "operator", seat: "none", roles: roles.join(" "), import: run.id, from: run.source };
    return {
      account: {
        ...{ id, username, usernameKey: canonicalUsername(username), roles },
        displayName: displayName ?? username,
        passwordHash: person.hash ? toStoredForm(person.hash) : null,
        passwordChangedAt: now,
        disabledAt: person.isDisabled ? now : null,
        createdAt: person.createdAt && person.createdAt < now ? person.createdAt : now,
        invitationId: null,
        deletionDueAt: null,
        keepableUntil: null,
      },
      email,
      record: this.#options.audit.prepare({
        type: "account_created",
        userId: id,
        actorId: "operator",
        detail: { ...detail, source_id: person.id?.slice(0, MAX_SHOWN_ID_LENGTH) ?? null },
      }),
    };
  }
}

type Refusal = Extract<PersonReport, { outcome: "refused" }>;

interface Decision {
  readonly plan: Plan;
  readonly report: PersonReport;
}

const isPlan = (plan: Plan | Refusal): plan is Plan => "person" in plan;

function planIn(entry: Entry, run: Run): Plan | Refusal {
  if ("fault" in entry) return refusal(entry.number, entry.id, entry.fault);
  const plan = planOf(entry, run);
  return plan ?? refusal(entry.number, null, "it has neither an id, nor a username, nor an address");
}

function refusal(number: number, sourceId: string | null, fault: string): Refusal {
  return { number, outcome: "refused", sourceId, fault };
}

/** Of what was done until then, also where the file could not be read to its end. */
function recordOf(report: ImportReport, { id, source }: Run): AuditEntry {
  const counts = {
    taken: countOf(report, "taken"),
    already_there: countOf(report, "already_there"),
    refused: countOf(report, "refused"),
  };
  const detail = { by: "operator", import: id, from: source, ...counts };
  return { type: "people_imported", actorId: "operator", detail };
}

function noteRoles({ person }: Plan, { roles, unmappedRoles }: Run): void {
  for (const role of person.roles) {
    if (!roles.has(role)) unmappedRoles.set(role, (unmappedRoles.get(role) ?? 0) + 1);
  }
}

async function* slicesOf(entries: Iterable<Entry> | AsyncIterable<Entry>): AsyncGenerator<Entry[]> {
  let slice: Entry[] = [];
  for await (const entry of entries) {
    slice.push(entry);
    if (slice.length < SLICE) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}
