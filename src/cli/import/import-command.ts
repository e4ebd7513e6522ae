import { type RoleName, roleName } from "../../contract/schemas";
import { STANDARD_ERROR, writeWhole } from "../../platform/log/output";
import type { Container } from "../../server/composition/container";
import { type Command, withService } from "../command";
import { UsageError } from "../usage-error";
import { dialects, isDialect } from "./dialects";

const PROGRESS_EACH = 1000;

/** On people of another system. */
export const importCommands = {
  import: {
    takes: "FILE --from SOURCE [--dry-run] [--map-roles MAP] [--hash-config FILE]",
    says: `bring people over, with their passwords, from ${dialects.join(", ")}`,
    words: 1,
    options: ["from", "dry-run", "map-roles", "hash-config"],
    prepare({ name: file, options }) {
      if (file === "") throw new UsageError("Which file? import FILE --from SOURCE");
      const { from: source = "", "dry-run": isDryRun = false, "hash-config": hashConfig } = options;
      if (!isDialect(source)) throw new UsageError(`From where? --from takes one of ${dialects.join(", ")}.`);
      if (hashConfig !== undefined && source !== "firebase")
        throw new UsageError("--hash-config goes with --from firebase.");
      const roles = readRoleMap(options["map-roles"]);
      return withService(async (container: Container) => {
        // Late: no other command reads such files.
        const { importPeople } = await import("./import-people");
        return importPeople({ file, source, roles, isDryRun, hashConfig }, container, tell);
      });
    },
  },
} satisfies Readonly<Record<string, Command>>;

/** On standard error, so that the answer is all that standard output has. */
function tell(count: number): void {
  if (count % PROGRESS_EACH === 0) writeWhole(STANDARD_ERROR, `${count} entries\n`);
}

/** `THEIRS=OURS` with commas between. @throws UsageError */
function readRoleMap(text: string | undefined): ReadonlyMap<string, RoleName> {
  const map = new Map<string, RoleName>();
  for (const pair of text === undefined ? [] : text.split(",")) {
    const [theirs = "", ours, ...more] = pair.split("=").map((part) => part.trim());
    const role = roleName.options.find((known) => known === ours);
    if (theirs === "" || role === undefined || more.length > 0 || map.has(theirs)) {
      throw new UsageError(
        `--map-roles takes pairs such as manager=admin, with commas between, each role of theirs once. Ours are ${roleName.options.join(", ")}.`,
      );
    }
    map.set(theirs, role);
  }
  return map;
}
