import { countOf, FileFault, type ImportReport, type PersonReport } from "../../modules/imports";
import { OperatorError } from "../../platform/operator-error";
import type { Container } from "../../server/composition/container";
import { type Answer, table } from "../answer";
import type { ImportOrder } from "./order";
import { readPeople } from "./read-people";

type Parts = Pick<Container, "accounts" | "peopleImport" | "clock">;

/**
 * Brings the people of a file over.
 *
 * @param tell is called now and then with how many entries are done
 * @returns what became of each
 * @throws OperatorError for a file that cannot be read, and where nobody is the owner yet
 */
export async function importPeople(
  order: ImportOrder,
  parts: Parts,
  tell: (count: number) => void = () => undefined,
): Promise<Answer> {
  const { accounts, peopleImport, clock } = parts;
  if (!(await accounts.hasAny())) {
    throw new OperatorError(
      "There is no account yet. Make the owner's first, by the set-up link or with user add: nobody who is imported becomes the owner unasked.",
    );
  }
  try {
    const people = await readPeople(order, clock.now());
    return answerOf(await peopleImport.run(people, { ...order, tell }), order);
  } catch (cause) {
    if (!(cause instanceof FileFault)) throw cause;
    throw new OperatorError(`${order.file}: ${cause.message}.`, { cause });
  }
}

function answerOf(report: ImportReport, { source }: ImportOrder): Answer {
  const { isDryRun, people, unmappedRoles } = report;
  const counts = {
    taken: countOf(report, "taken"),
    already_there: countOf(report, "already_there"),
    refused: countOf(report, "refused"),
  };
  const unmapped = Object.fromEntries(unmappedRoles);
  const rows = people.map(rowOf);
  const said = [
    table(rows.filter(({ note }) => note !== null)).text,
    isDryRun ? "Dry run: nothing was written.\n" : "",
    `${counts.taken} taken, ${counts.already_there} already there, ${counts.refused} refused.\n`,
    ...Object.entries(unmapped).map(
      ([role, count]) => `${count} had the role ${clean(role)}, which was not mapped.\n`,
    ),
  ];
  const data = {
    from: source,
    dry_run: isDryRun,
    ...counts,
    unmapped_roles: unmapped,
    people: people.map(dataOf),
  };
  return { text: said.join(""), data };
}

function rowOf(person: PersonReport) {
  const { number, outcome, sourceId } = person;
  const facts = { number, outcome, source_id: sourceId };
  if (person.outcome === "refused") return { ...facts, username: null, note: person.fault };
  if (person.outcome === "already_there") return { ...facts, username: person.username, note: null };
  const raised = person.roles.filter((role) => role !== "user").map((role) => `role ${role}`);
  const notes = [...raised, ...person.notes].map((note) => note.replaceAll("_", " "));
  return { ...facts, username: person.username, note: notes.length > 0 ? notes.join(", ") : null };
}

function dataOf(person: PersonReport) {
  const { sourceId, ...facts } = person;
  return { ...facts, source_id: sourceId };
}

const clean = (text: string) => text.slice(0, 64).replace(/[\p{C}\u2028\u2029]/gu, "\ufffd");
