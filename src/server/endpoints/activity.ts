import { type AuditEvent, activityInput, auditListOutput } from "../../contract/audit";
import { session } from "./access";
import { cursorOf, placeOf } from "./audit-cursor";
import { query } from "./endpoint";
import { presentAuditEvents } from "./present-audit";

const USUAL_LIMIT = 30;

export const activity = query({
  address: "GET /api/auth/activity",
  access: session,
  group: "Account",
  summary: "What happened to the user's account, the newest event first",
  parameters: [
    {
      name: "cursor",
      in: "query",
      required: false,
      description: "`next_cursor` of the page before.",
    },
    { name: "limit", in: "query", required: false, description: "How many: 1 to 100, 30 by default." },
  ],
  answers: "One page of it.",
  input: activityInput,
  output: auditListOutput,
  async run({ services, input: { cursor, limit }, user }) {
    const { records, next } = await services.audit.page({
      userId: user.id,
      after: cursor === undefined ? null : placeOf(cursor),
      limit: Number(limit ?? USUAL_LIMIT),
    });
    const events = await presentAuditEvents(records, services);
    return { events: events.map((event) => withoutOthers(event, user.id)), next_cursor: cursorOf(next) };
  },
});

/** Where somebody else acted from, and in which session, is theirs. */
function withoutOthers(event: AuditEvent, ownId: string): AuditEvent {
  const { actor_id: actorId, detail } = event;
  const isOwn = actorId === null || actorId === ownId || ["operator", "system"].includes(actorId);
  if (isOwn) return event;
  const { by_session: _session, by_account: _account, user_agent: _agent, ...facts } = detail;
  return { ...event, address: null, session_id: null, detail: facts };
}
