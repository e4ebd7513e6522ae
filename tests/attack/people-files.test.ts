/** What a file of people can do that somebody else has written: one that is imported, one of invitations, and what comes out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { importPeople } from "../../src/cli/import/import-people";
import { invitePeople } from "../../src/cli/import/invite-people";
import { type Administrator, administrator, callAs } from "../helpers/invitations/steps";
import { attack, told } from "../helpers/lab/attack";
import { startService, type TestService } from "../helpers/service";

const LISTS = "/api/admin/invitation-lists";

let service: TestService;
let admin: Administrator;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-people-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  service = await startService();
  await service.addUser("olive");
  admin = await administrator(service, "adam", ["admin"]);
});
afterEach(() => service.close());

function written(text: string): string {
  const file = path.join(folder, "people");
  writeFileSync(file, text);
  return file;
}
async function take(text: string, source: "csv" | "keycloak" = "csv") {
  const order = { file: written(text), source, roles: new Map(), isDryRun: false };
  return importPeople(order, service.container);
}
const rolesOf = async (username: string) => {
  const account = await service.container.accounts.findByUsername(username);
  return account ? account.roles.join(" ") : "nobody";
};
const faultsOf = ({ body }: { readonly body: Record<string, unknown> }) =>
  (body.people as { line: number; outcome: string; fault: string | null }[])
    .map(({ line, outcome, fault }) => `line ${line} ${fault ?? outcome}`)
    .join(", ");

describe("a file that is imported", () => {
  attack("makes its writer an owner by a role of that name", "eve: user", async () => {
    await take("username,roles\neve,owner admin\n");
    return `eve: ${await rolesOf("eve")}`;
  });

  attack("takes the owner's place by the owner's id or name", "0 taken; olive: owner", async () => {
    const { id = "" } = (await service.container.accounts.findByUsername("olive")) ?? {};
    const { data } = await take(`id,username,roles\n${id},eve,owner\n,ＯＬＩＶＥ,owner\n`);
    return `${(data as { taken: number }).taken} taken; olive: ${await rolesOf("olive")}`;
  });

  attack("has somebody called by an address that is not proven", "nobody of that name", async () => {
    await take("username,email,email_verified\nvictim@example.com,victim@example.com,false\n");
    const named = await service.container.accounts.findByUsername("victim@example.com");
    return named ? "somebody of that name" : "nobody of that name";
  });

  attack("changes what every object has, by a member called __proto__", "nothing changed", async () => {
    await take(
      '{"users":[{"username":"eve","__proto__":{"roles":["owner"]},"constructor":{"x":1}}]}',
      "keycloak",
    );
    return "roles" in {} || (await rolesOf("eve")).includes("owner") ? "raised" : "nothing changed";
  });

  attack("writes into the operator's terminal", "no control character", async () => {
    const { text } = await take("username,password_hash\n\u001b]0;owned\u0007\u001b[2J,\u001b[31mhash\n");
    return /\p{Cc}/u.test(text.replaceAll("\n", "")) ? "control characters" : "no control character";
  });
});

describe("a list of people to invite", () => {
  attack("makes owners at an admin's hand", "line 2 role_too_high, line 3 invited", async () => {
    const list = "email,roles\neve@example.com,owner\nben@example.com,user\n";
    return faultsOf(await callAs(service, admin, "POST", LISTS, { list }));
  });

  attack(
    "hides the lines after it in a quotation mark that is never closed",
    "line 2 unreadable, line 3 invited, line 4 invited",
    async () => {
      const list = 'email\n"eve@example.com\nben@example.com\ncara@example.com\n';
      return faultsOf(await callAs(service, admin, "POST", LISTS, { list }));
    },
  );

  attack("puts further receivers and headers into a mail", "line 2 bad_email, line 3 bad_email", async () => {
    const list = 'email\n"a@example.com, b@example.com"\na@example.com%0aBcc:b@example.com\u0000\n';
    return faultsOf(await callAs(service, admin, "POST", LISTS, { list }));
  });

  attack("is sent by somebody who is no administrator", "403 forbidden", async () => {
    const user = await administrator(service, "una", ["user"]);
    return told(
      await callAs(service, user, "POST", LISTS, { list: "email\neve@example.com", dry_run: true }),
    );
  });

  attack("is sent ten times at once, for ten links to one address", "1 link", async () => {
    const list = "email\neve@example.com\n";
    const all = Array.from({ length: 10 }, () => callAs(service, admin, "POST", LISTS, { list }));
    const links = (await Promise.all(all)).filter(({ body }) => body.invited === 1);
    return `${links.length} link`;
  });
});

describe("a cell that a spreadsheet would run", () => {
  attack("as an address in the links of a list", "every cell is text", async () => {
    const file = written("email\n=1+1@example.com\n+1@example.com\n-1@example.com\n");
    const { text } = await invitePeople(
      { file, isDryRun: false, lifetimeInSeconds: undefined },
      service.container,
    );
    return cellsOf(text);
  });
});

/** As a spreadsheet reads it. */
function cellsOf(csv: string): string {
  // The doubled quotation marks of a cell are no border of one.
  const cells = csv
    .trimEnd()
    .split("\r\n")
    .flatMap((line) => line.slice(1, -1).split('","'));
  const formula = cells.find((cell) => /^[=+\-@\t\r]/.test(cell));
  return formula === undefined ? "every cell is text" : `a formula: ${formula}`;
}
