import pLimit from "p-limit";
import type { ListFault, ListOutcome } from "../../contract/invitation-lists";
import type { RoleName } from "../../contract/schemas";
import type { Actor } from "../accounts";
import type { AuditTrail } from "../audit";
import type { MailLocale } from "../mail";
import type { Clock, RandomSource } from "../ports";
import { newId } from "../secret-hash";
import type { InvitationMails } from "./invitation-mails";
import type { FaultyLine, ListedPerson } from "./list-lines";
import { mayGive, newInvitation, noteInvitation, requireSignUp } from "./make";
import type { InvitationStore, KnownAddress } from "./record";
import { statusOf } from "./status";

/** So many people at once: a database server has few connections, and others wait for them too. */
const AT_ONCE = 4;
/** Others may change something between the look and the statement. */
const MAX_ROUNDS = 5;

export interface InvitationListsOptions {
  readonly store: InvitationStore;
  /** Whether people may sign up by invitation at all. */
  readonly isOpen: boolean;
  readonly mails: InvitationMails;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export interface ListWish {
  readonly lifetimeInSeconds?: number | undefined;
  /** Of the mails to those whose line has none. */
  readonly locale?: MailLocale | undefined;
  /** Everything is looked at and nothing is written. */
  readonly isDryRun: boolean;
}

/** What became of a line. */
export interface LineReport {
  readonly line: number;
  readonly outcome: ListOutcome;
  readonly email: string | null;
  readonly roles: readonly RoleName[];
  readonly fault: ListFault | null;
  /**
   * The invitation that was made, and its code where no mail takes it there.
   *
   * DANGER: whoever has the code can make an account.
   */
  readonly made: { readonly id: string; readonly code: string | null } | null;
}

export interface ListReport {
  readonly isDryRun: boolean;
  readonly isMailed: boolean;
  readonly lines: readonly LineReport[];
}

/** One run. */
interface Run extends ListWish {
  readonly id: string;
  readonly by: Actor;
}

/**
 * Invites the people of a list, each by an invitation to their address alone.
 *
 * A run may be repeated, also one that was stopped in the middle: who has an open invitation, or has joined, is left as they are.
 * Each comes with invitation and mail, or not at all, and one that cannot be invited takes no other along.
 */
export class InvitationLists {
  readonly #options: InvitationListsOptions;

  constructor(options: InvitationListsOptions) {
    this.#options = options;
  }

  /**
   * A fault of the storage is the line's: the links of the others are in the answer, and nowhere else.
   *
   * @throws DomainError `forbidden` where nobody may sign up; what the storage throws where nobody at all could be invited
   */
  async run(lines: readonly (ListedPerson | FaultyLine)[], wish: ListWish, by: Actor): Promise<ListReport> {
    const { mails, random } = this.#options;
    requireSignUp(this.#options);
    const run: Run = { ...wish, id: newId(random), by };
    const keys = new Set<string>();
    const limit = pLimit(AT_ONCE);
    // In their order: of two lines with one address the first counts. Only then all at once.
    const judged = lines.map((line) => {
      if ("fault" in line) return refusal(line, line.fault);
      if (keys.has(line.email.key)) return refusal(line, "same_email");
      keys.add(line.email.key);
      return mayGive(by, line.roles) ? line : refusal(line, "role_too_high");
    });
    const faults: unknown[] = [];
    const reports = await limit.map(judged, async (line) => {
      if ("outcome" in line) return line;
      return this.#invite(line, run).catch((error: unknown) => {
        faults.push(error);
        return refusal(line, "failed");
      });
    });
    if (faults.length > 0 && reports.every(({ outcome }) => outcome === "refused")) throw faults[0];
    if (!wish.isDryRun) mails.nudge();
    return { isDryRun: wish.isDryRun, isMailed: mails.areSent, lines: reports };
  }

  async #invite(person: ListedPerson, run: Run): Promise<LineReport> {
    const { store, mails, audit, clock, random } = this.#options;
    const { email, roles } = person;
    let isCounted = false;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const known = await store.lookAt(email.key, clock.now());
      const outcome = this.#outcomeOf(known);
      if (outcome !== "invited" || run.isDryRun) return report(person, outcome);
      if (!isCounted && !(await mails.admits(email.key))) return refusal(person, "too_many_mails");
      isCounted = true;
      const wanted = {
        ...{ roles, lifetimeInSeconds: run.lifetimeInSeconds, email: email.address },
        locale: person.locale ?? run.locale ?? "en",
      };
      const { invitation, code } = newInvitation(wanted, run.by, { clock, random });
      const written = mails.writeListed(invitation, code);
      const seen = known.invitations.length;
      if (!(await store.insertForAddress({ ...invitation, email: email.address }, seen, written))) continue;
      const facts = { isMailed: mails.areSent, list: run.id };
      await noteInvitation(audit, "invitation_made", invitation, run.by, facts);
      return report(person, "invited", { id: invitation.id, code: mails.areSent ? null : code });
    }
    return refusal(person, "changed_meanwhile");
  }

  #outcomeOf({ hasAccount, invitations }: KnownAddress): ListOutcome {
    if (hasAccount) return "has_account";
    const now = this.#options.clock.now();
    const isInvited = invitations.some((invitation) => statusOf(invitation, now) === "open");
    return isInvited ? "already_invited" : "invited";
  }
}

function report(
  { line, email, roles }: ListedPerson,
  outcome: ListOutcome,
  made: LineReport["made"] = null,
): LineReport {
  return { line, outcome, email: email.address, roles, fault: null, made };
}

function refusal(line: ListedPerson | FaultyLine, fault: ListFault): LineReport {
  const email = "roles" in line ? line.email.address : line.email;
  return { line: line.line, outcome: "refused", email, roles: [], fault, made: null };
}
