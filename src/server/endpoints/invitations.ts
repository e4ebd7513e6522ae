import {
  invitationIdInput,
  invitationListOutput,
  listInvitationsInput,
  makeInvitationInput,
  newInvitationOutput,
  renewInvitationInput,
} from "../../contract/invitations";
import type { Place } from "../../modules/invitations";
import { roles } from "./access";
import { administratorOf, notingRefusal } from "./act";
import { mutation, query } from "./endpoint";
import { presentInvitation, presentNewInvitation } from "./present-invitations";

const USUAL_LIMIT = 50;

const administrators = roles("owner", "admin");

export const make = mutation({
  address: "POST /api/admin/invitations",
  access: administrators,
  group: "Administration",
  summary: "Invite people: a link with which they make accounts of their own",
  answers:
    "The invitation, with its link, which is mailed as well where an address is given. The link is shown this once.",
  status: 201,
  refusals: ["step_up_required", "too_many_attempts"],
  input: makeInvitationInput,
  output: newInvitationOutput,
  async run({ services, caller, input, user, session }) {
    await services.secondFactors.requireOpen({ user, session });
    const { roles: given, uses, expires_in: lifetimeInSeconds, email, locale } = input;
    const wanted = { roles: given, uses, lifetimeInSeconds, email, locale };
    const actor = administratorOf({ user, session }, caller);
    const made = await notingRefusal({ services }, { name: "invite", actor }, () =>
      services.invitations.make(wanted, actor),
    );
    return presentNewInvitation(made, services);
  },
});

export const list = query({
  address: "GET /api/admin/invitations",
  access: administrators,
  group: "Administration",
  summary: "The invitations, also those that have ended, the newest first",
  parameters: [
    { name: "cursor", in: "query", required: false, description: "`next_cursor` of the page before." },
    { name: "limit", in: "query", required: false, description: "How many: 1 to 100, 50 by default." },
  ],
  answers: "One page of them.",
  input: listInvitationsInput,
  output: invitationListOutput,
  async run({ services, input }) {
    const after = input.cursor === undefined ? null : readCursor(input.cursor);
    const { invitations, next } = await services.invitations.list(after, input.limit ?? USUAL_LIMIT);
    return {
      invitations: invitations.map((invitation) => presentInvitation(invitation, services)),
      next_cursor: next && `${next.createdAt.getTime()}.${next.id}`,
    };
  },
});

export const renew = mutation({
  address: "POST /api/admin/invitations/{id}/renew",
  access: administrators,
  group: "Administration",
  summary:
    "Give an invitation another link and more time; the link from before is dead, and the new one is mailed if that was",
  answers: "The invitation, with its new link.",
  refusals: ["step_up_required", "not_found", "invalid_request", "too_many_attempts"],
  input: renewInvitationInput,
  output: newInvitationOutput,
  async run({ services, caller, input, user, session }) {
    await services.secondFactors.requireOpen({ user, session });
    const actor = administratorOf({ user, session }, caller);
    const made = await notingRefusal({ services }, { name: "invite", actor }, () =>
      services.invitations.renew(input.id, input.expires_in, actor),
    );
    return presentNewInvitation(made, services);
  },
});

export const revoke = mutation({
  address: "DELETE /api/admin/invitations/{id}",
  access: administrators,
  group: "Administration",
  summary: "Revoke an invitation, for good",
  answers: "Its link makes no account any more. Accounts that were made with it stay.",
  refusals: ["not_found"],
  input: invitationIdInput,
  async run({ services, caller, input, user, session }) {
    const actor = administratorOf({ user, session }, caller);
    await notingRefusal({ services }, { name: "invite", actor }, () =>
      services.invitations.revoke(input.id, actor),
    );
  },
});

/** Of one that nobody gave out comes a page that begins somewhere. */
function readCursor(cursor: string): Place {
  const [time = "", id = ""] = cursor.split(".");
  const inMs = Number(time);
  return {
    createdAt: new Date(Number.isSafeInteger(inMs) ? Math.min(Math.abs(inMs), 4e12) : 0),
    id: id || "-",
  };
}
