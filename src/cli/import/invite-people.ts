import { csvLineOf } from "../../contract/csv";
import type { InviteListOutput, ListedPersonOutput, ListFault } from "../../contract/invitation-lists";
import { FileFault } from "../../modules/imports";
import { ListFormatFault, readListLines } from "../../modules/invitations";
import { STANDARD_ERROR, writeWhole } from "../../platform/log/output";
import { OperatorError } from "../../platform/operator-error";
import type { Container } from "../../server/composition/container";
import { presentListReport } from "../../server/endpoints/present-invitations";
import { type Answer, table } from "../answer";
import { readText } from "./read-file";

interface Order {
  readonly file: string;
  readonly isDryRun: boolean;
  readonly lifetimeInSeconds: number | undefined;
}

/** Of each fault, for people. */
const faults: Readonly<Record<ListFault, string>> = {
  unreadable: "the line cannot be read",
  no_email: "it has no address",
  bad_email: "its address is none that mail can be sent to",
  same_email: "a line before it has the same address",
  unknown_role: "it has a role that there is not",
  role_too_high: "its role is above yours",
  unknown_locale: "its locale is none of en, zh-Hans",
  too_many_mails: "too many mails went to its address within the hour",
  changed_meanwhile: "others invited it at the same time",
  failed: "that did not work; run the command again",
};

/**
 * Invites the people of a CSV file.
 *
 * @returns what became of each line; as text the report, or the links in CSV where no mail is sent: then the report is on standard
 * error
 * @throws OperatorError for a file that cannot be read, and for one that is no list
 */
export async function invitePeople({ file, ...wish }: Order, container: Container): Promise<Answer> {
  const report = await container.invitationLists.run(readLines(file), wish, "operator");
  const data = presentListReport(report, container);
  const said = reportOf(data);
  if (data.people.every(({ url }) => url === null)) return { text: said, data };
  const warning = "DANGER: each of these links makes an account. Hand each to its person alone.\n";
  writeWhole(STANDARD_ERROR, said + warning);
  return { text: linksOf(data.people), data };
}

function readLines(file: string) {
  try {
    return readListLines(readText(file));
  } catch (cause) {
    if (!(cause instanceof FileFault || cause instanceof ListFormatFault)) throw cause;
    throw new OperatorError(`${file}: ${cause.message}.`, { cause });
  }
}

function reportOf({ dry_run: isDryRun, mailed: isMailed, people, ...counts }: InviteListOutput): string {
  const rows = people
    .filter(({ outcome }) => outcome !== "invited")
    .map(({ line, email, outcome, fault }) => {
      const what = outcome === "already_invited" ? "has an open invitation" : "has an account";
      return { line, email, note: fault === null ? what : faults[fault] };
    });
  const mailed = isMailed && counts.invited > 0 && !isDryRun ? " The links are being mailed." : "";
  return [
    table(rows).text,
    isDryRun ? "Dry run: nothing was written.\n" : "",
    `${counts.invited} invited, ${counts.already_invited} already invited, `,
    `${counts.has_account} with an account, ${counts.refused} refused.${mailed}\n`,
  ].join("");
}

function linksOf(people: readonly ListedPersonOutput[]): string {
  const invited = people.flatMap(({ email, roles, url }) =>
    url === null ? [] : [[email ?? "", roles.join(" "), url]],
  );
  return [["email", "roles", "link"], ...invited].map(csvLineOf).join("");
}
