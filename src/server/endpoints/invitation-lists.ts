import { inviteListInput, inviteListOutput, MAX_LISTED_PEOPLE } from "../../contract/invitation-lists";
import { DomainError } from "../../modules/domain-error";
import { ListFormatFault, readListLines } from "../../modules/invitations";
import { roles } from "./access";
import { administratorOf, notingRefusal } from "./act";
import { mutation } from "./endpoint";
import { presentListReport } from "./present-invitations";

export const invite = mutation({
  address: "POST /api/admin/invitation-lists",
  access: roles("owner", "admin"),
  group: "Administration",
  summary:
    "Invite the people of a list in CSV: one invitation for each address that has neither an open one nor an account",
  answers: "What became of each line, with the links where no mail is sent. They are shown this once.",
  refusals: ["step_up_required"],
  input: inviteListInput,
  output: inviteListOutput,
  async run({ services, caller, input, user, session }) {
    const { list, expires_in: lifetimeInSeconds, locale, dry_run: isDryRun = false } = input;
    // Who looks at what would become of a list has changed nothing.
    if (!isDryRun) await services.secondFactors.requireOpen({ user, session });
    const lines = readLines(list);
    const actor = administratorOf({ user, session }, caller);
    const act = { name: "invite", actor } as const;
    const report = await notingRefusal({ services }, act, () =>
      services.invitationLists.run(lines, { lifetimeInSeconds, locale, isDryRun }, actor),
    );
    if (!isDryRun && report.lines.some(({ fault }) => fault === "role_too_high"))
      await services.refusedActs.note("invite", actor, null);
    return presentListReport(report, services);
  },
});

/** @throws DomainError `invalid_request` */
function readLines(list: string) {
  try {
    return readListLines(list, MAX_LISTED_PEOPLE);
  } catch (cause) {
    if (!(cause instanceof ListFormatFault)) throw cause;
    const message = `The list cannot be used: ${cause.message}.`;
    throw new DomainError("invalid_request", { field: "list", message });
  }
}
