import {
  noticeIdInput,
  noticeListOutput,
  revokeOthersOutput,
  sessionIdInput,
  sessionListOutput,
} from "../../contract/schemas";
import { originOf } from "../request/caller";
import { session } from "./access";
import { mutation, query } from "./endpoint";
import { applicationOf, presentNotice, presentSessionListItem } from "./present";

export const list = query({
  address: "GET /api/auth/sessions",
  access: session,
  group: "Account",
  summary: "The user's live sessions, the present one first",
  answers: "The sessions.",
  output: sessionListOutput,
  async run({ services, user, session: { id } }) {
    const live = await services.sessions.listLive(user.id);
    const items = await Promise.all(
      live.map(async (item) => {
        const application = applicationOf(item);
        const name = application === null ? "" : await services.clients.nameOf(application);
        return presentSessionListItem(item, id, application === null ? null : { id: application, name });
      }),
    );
    return { sessions: items.sort((a, b) => Number(b.current) - Number(a.current)) };
  },
});

export const revoke = mutation({
  address: "DELETE /api/auth/sessions/{id}",
  access: session,
  group: "Account",
  summary: "End one session",
  parameters: [{ name: "id", in: "path", required: true, description: "The session's id." }],
  answers: "It has ended.",
  refusals: ["step_up_required", "not_found"],
  input: sessionIdInput,
  async run({ services, caller, session: own, input }) {
    await services.sessions.revoke(own, input.id, originOf(caller));
  },
});

export const revokeOthers = mutation({
  address: "DELETE /api/auth/sessions",
  access: session,
  group: "Account",
  summary: "End all other sessions, but not those that approved this one",
  // So that an address whose id was lost on the way ends none.
  parameters: [
    { name: "others", in: "query", required: true, mustBe: "true", description: "Has to be `true`." },
  ],
  answers: "How many ended.",
  refusals: ["step_up_required"],
  output: revokeOthersOutput,
  run: async ({ services, caller, session: own }) => ({
    revoked: await services.sessions.revokeOthers(own, originOf(caller)),
  }),
});

export const notices = query({
  address: "GET /api/auth/notices",
  access: session,
  group: "Account",
  summary: "What happened to the account in the last 14 days and was not acknowledged",
  answers: "Newest first.",
  output: noticeListOutput,
  async run({ services, user, session: own }) {
    const found = await services.notices.listFor({ user, session: own });
    return { notices: found.map(presentNotice) };
  },
});

export const acknowledge = mutation({
  address: "POST /api/auth/notices/acknowledge",
  access: session,
  group: "Account",
  summary: "Put a notice away, for the whole account",
  answers: "No session is told of it any more.",
  refusals: ["step_up_required", "not_found"],
  input: noticeIdInput,
  async run({ services, user, session: own, input }) {
    await services.notices.acknowledge({ user, session: own }, input.id);
  },
});
