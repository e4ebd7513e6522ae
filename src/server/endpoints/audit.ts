import { auditListOutput, type ListAuditInput, listAuditInput, storedEventTypes } from "../../contract/audit";
import type { RoleName } from "../../contract/schemas";
import { type AuditPlace, type AuditQuery, auditedAccountId } from "../../modules/audit";
import { DomainError } from "../../modules/domain-error";
import type { Principal } from "../../modules/sessions";
import type { Container } from "../composition/container";
import { roles } from "./access";
import { csvHead, csvLine } from "./audit-csv";
import { cursorOf, placeOf } from "./audit-cursor";
import { type Context, query } from "./endpoint";
import { presentAuditEvents } from "./present-audit";

const USUAL_LIMIT = 50;
/** Of an export: enough that a page costs little beside its lines, and no more than a moment's work. */
const EXPORTED_AT_ONCE = 200;

const administratorRoles = ["owner", "admin"] as const satisfies readonly RoleName[];

type Services = Pick<Container, "accounts" | "accountAdministration" | "audit">;
type ListContext = Context<ListAuditInput, Principal>;

const filter = (name: string, description: string) =>
  ({ name, in: "query", required: false, description }) as const;

export const list = query({
  address: "GET /api/admin/audit",
  access: roles(...administratorRoles),
  group: "Administration",
  summary: "The audit trail, the newest event first",
  parameters: [
    filter("user", "The account that it happened to: its username or id."),
    filter("actor", "Who did it: a username or id, `operator` or `system`."),
    filter("type", "Types of events, with commas between."),
    filter("from", "The first moment (RFC 3339), or the first day in UTC."),
    filter("to", "The first moment, or day, that is too late."),
    filter("cursor", "`next_cursor` of the page before."),
    filter("limit", "How many: 1 to 100, 50 by default."),
  ],
  answers: "One page of it; with `Accept: application/x-ndjson` or `text/csv` all of it, as a stream.",
  input: listAuditInput,
  output: auditListOutput,
  streams: {
    "application/x-ndjson": async function* (context) {
      for await (const events of exportedPages("ndjson", context)) {
        yield events.map((event) => `${JSON.stringify(event)}\n`).join("");
      }
    },
    "text/csv": async function* (context) {
      let head = csvHead;
      for await (const events of exportedPages("csv", context)) {
        yield head + events.map(csvLine).join("");
        head = "";
      }
    },
  },
  async run({ services, input }) {
    const wanted = { ...(await queryOf(input, services)), limit: Number(input.limit ?? USUAL_LIMIT) };
    const { records, next } = await services.audit.page(wanted);
    return {
      events: await presentAuditEvents(records, services),
      next_cursor: cursorOf(next),
    };
  },
});

/** All that the filter lets through, page by page. That somebody takes the trail along is an event of it. */
async function* exportedPages(format: "ndjson" | "csv", context: ListContext) {
  const { services, caller, input, user, session } = context;
  const wanted = await queryOf(input, services);
  const { userId = null, actorId = null } = wanted;
  const { type = null, from = null, to = null } = input;
  await services.audit.record({
    ...{ type: "audit_exported", userId: null, actorId: user.id },
    ...{ sessionId: session.id, address: caller.address },
    // By their ids: a name would stay here when its account is deleted.
    detail: { format, user: userId, actor: actorId, type, from, to },
  });
  let after: AuditPlace | null = wanted.after ?? null;
  do {
    await requireStillAllowed(context);
    const page: Awaited<ReturnType<typeof services.audit.page>> = await services.audit.page({
      ...wanted,
      after,
      limit: EXPORTED_AT_ONCE,
    });
    yield await presentAuditEvents(page.records, services);
    after = page.next;
  } while (after !== null);
}

/** It can take long: who is signed out or loses the role meanwhile gets no more, and nobody does once the service stops. */
async function requireStillAllowed({ services, session }: ListContext): Promise<void> {
  if (services.stopping.aborted) throw new DomainError("temporarily_unavailable");
  const principal = await services.sessions.readLive(session.id);
  if (!principal) throw new DomainError("session_revoked");
  if (!administratorRoles.some((role) => principal.user.roles.includes(role)))
    throw new DomainError("forbidden");
}

async function queryOf(input: ListAuditInput, services: Services): Promise<Omit<AuditQuery, "limit">> {
  const { user, actor, type, from, to, cursor } = input;
  return {
    userId: user === undefined ? undefined : await accountIdOf("user", user, services),
    actorId: actor === undefined ? undefined : await actorIdOf(actor, services),
    types: type === undefined ? undefined : storedEventTypes.filter((name) => type.split(",").includes(name)),
    since: from === undefined ? undefined : new Date(from),
    until: to === undefined ? undefined : new Date(to),
    after: cursor === undefined ? null : placeOf(cursor),
  };
}

async function actorIdOf(text: string, services: Services): Promise<string> {
  if (text === "operator" || text === "system" || text.startsWith("client:")) return text;
  return accountIdOf("actor", text, services);
}

/** @throws DomainError `invalid_request` for a name that nobody has: no events would read as "it never happened" */
async function accountIdOf(
  field: "user" | "actor",
  text: string,
  services: Pick<Services, "accounts" | "audit">,
): Promise<string> {
  const id = await auditedAccountId(text, services);
  if (id !== undefined) return id;
  throw new DomainError("invalid_request", {
    field,
    message: "There is no such user. The events of a deleted account are found by its id.",
  });
}
