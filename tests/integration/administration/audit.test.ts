import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AuditEvent, auditEventOutput } from "../../../src/contract/audit";
import type { RoleName } from "../../../src/contract/schemas";
import { APP_URL, bearer, startService, type TestService } from "../../helpers/service";

const AUDIT = "/api/admin/audit";

let service: TestService;
let count = 0;
let olive: { id: string; token: string };

beforeAll(async () => {
  service = await startService();
  const id = await service.addUser("olive");
  olive = { id, token: (await service.signIn("olive")).access_token };
});
afterAll(() => service.close());

interface Person {
  readonly id: string;
  readonly username: string;
}
let ada: Person;

beforeEach(async () => {
  count += 1;
  ada = { username: `ada${count}`, id: await service.addUser(`ada${count}`) };
  // Events of one millisecond are in no order.
  service.clock.advance(1);
});

const get = (query: string, token = olive.token, accept = "application/json") =>
  service.call(`${AUDIT}${query}`, { headers: { ...bearer(token), accept } });

async function events(query: string): Promise<readonly AuditEvent[]> {
  const { status, body } = await get(query);
  expect(status).toBe(200);
  return auditEventOutput.array().parse(body.events);
}

const typesOf = (found: readonly AuditEvent[]) => found.map(({ type }) => type);
const rename = (id: string, name: string) =>
  service.call(`/api/admin/users/${id}`, {
    ...{ method: "PATCH", headers: bearer(olive.token), json: { display_name: name } },
  });

/** The whole body, as it was sent. */
async function text(query: string, accept: string, token = olive.token, at = service) {
  const request = new Request(`${APP_URL}${AUDIT}${query}`, { headers: { ...bearer(token), accept } });
  const response = await at.api(request, { address: "192.0.2.1" });
  return { response, text: await response.text() };
}

/** An account whose id is a good username too. */
async function personWithPlainId(): Promise<Person> {
  for (let index = 0; ; index += 1) {
    const username = `plain${count}-${index}`;
    const id = await service.addUser(username);
    if (/^[a-z0-9].*[a-z0-9]$/i.test(id)) return { id, username };
  }
}

describe("the audit trail over the API", () => {
  it("finds the events of an account by its id, also where another one has taken that for its username", async () => {
    const person = await personWithPlainId();
    const { accounts, accountAdministration } = service.container;
    await accountAdministration.rename(ada.username, person.id);
    expect((await events(`?user=${person.id}`)).map((event) => event.user_id)).toEqual([person.id]);
    await accounts.disable(person.username);
    await accountAdministration.remove(person.username);
    const found = await events(`?user=${person.id}`);
    expect(new Set(found.map((event) => event.user_id))).toEqual(new Set([person.id]));
    expect((await events(`?user=${ada.id}`)).at(0)).toMatchObject({ type: "account_renamed" });
  });

  it.each(["?from=0000-01-01", "?to=0000-01-01T00:00:00Z", "?from=9999-12-31T23:59:59-23:59"])(
    "answers for years that no database knows: %s",
    async (query) => {
      expect((await get(query)).status).toBe(200);
    },
  );

  it("tells who did what to whom, with what it was before and after, and the names of today", async () => {
    await rename(ada.id, "Ada Lovelace");
    const [event] = await events(`?user=${ada.username}&limit=1`);
    expect(event).toMatchObject({
      type: "display_name_changed",
      user_id: ada.id,
      username: ada.username,
      actor_id: olive.id,
      actor_name: "olive",
      address: "192.0.2.1",
      detail: { before: ada.username, after: "Ada Lovelace" },
    });
    await service.container.accountAdministration.rename(ada.username, `countess${count}`);
    expect((await events(`?user=${ada.id}&type=display_name_changed`))[0]?.username).toBe(`countess${count}`);
  });

  it("is filtered by whom it happened to, who did it, type and time, alone and together", async () => {
    await rename(ada.id, "Ada");
    service.clock.advance(1);
    await service.container.accounts.disable(ada.username);
    const found = async (query: string) => typesOf(await events(query));
    const created = "account_created";
    expect(await found(`?user=${ada.id}`)).toEqual(["account_disabled", "display_name_changed", created]);
    expect(await found(`?user=${ada.id}&actor=operator`)).toEqual(["account_disabled", created]);
    expect(await found(`?user=${ada.id}&actor=olive`)).toEqual(["display_name_changed"]);
    expect(await found(`?user=${ada.id}&actor=system`)).toEqual([]);
    expect(await found(`?user=${ada.id}&type=${created},account_disabled`)).toEqual([
      "account_disabled",
      created,
    ]);
    expect((await found("?actor=olive&limit=1"))[0]).toBe("display_name_changed");
    expect((await found("?actor=olive&type=display_name_changed&limit=1")).length).toBe(1);
    expect((await found("?type=account_disabled,account_created&limit=2")).sort()).toEqual([
      created,
      "account_disabled",
    ]);
    expect(await found(`?user=${ada.id}&from=2999-01-01`)).toEqual([]);
    expect(await found(`?user=${ada.id}&to=2001-01-01`)).toEqual([]);
    expect(await found(`?user=${ada.id}&from=2001-01-01T00:00:00%2B02:00&to=2999-01-01`)).toHaveLength(3);
  });

  it("comes in pages that meet without a gap or an overlap, also where many events are of one moment", async () => {
    const another = await startService();
    try {
      const { audit } = another.container;
      another.clock.stop();
      const userId = await another.addUser("olive");
      const { access_token: token } = await another.signIn("olive");
      for (let index = 0; index < 25; index += 1) {
        await audit.record({ type: "site_opened", userId, detail: { index } });
      }
      for (const filter of ["", "&user=olive", "&actor=olive", "&type=site_opened,stepped_up,signed_in"]) {
        const ids: string[] = [];
        let cursor: unknown = null;
        do {
          const after = cursor === null ? "" : `&cursor=${cursor}`;
          const { body } = await another.call(`${AUDIT}?limit=7${filter}${after}`, {
            headers: bearer(token),
          });
          ids.push(...(body.events as AuditEvent[]).map(({ id }) => id));
          cursor = body.next_cursor;
        } while (cursor !== null);
        const whole = await audit.list({ limit: 100 });
        const wanted = whole.filter(({ type, actorId }) =>
          filter.includes("type")
            ? type !== "account_created"
            : !filter.includes("actor") || actorId === userId,
        );
        expect(wanted.length).toBeGreaterThan(25);
        expect(ids, filter).toEqual(wanted.map(({ id }) => id));
      }
    } finally {
      await another.close();
    }
  });

  it.each([
    "?limit=0",
    "?limit=101",
    "?type=nonsense",
    "?type=signed_in,sign_in_refused",
    "?from=yesterday",
    "?cursor=x",
    "?cursor=1.2&cursor=3.4",
    "?user=nobody-of-this-name-at-all",
    "?actor=nobody-of-this-name-at-all",
  ])("refuses %s, which would read as if nothing had happened", async (query) => {
    expect((await get(query)).body.error).toBe("invalid_request");
    expect((await get(query, olive.token, "text/csv")).status).toBe(400);
  });

  it("opens for owners and admins only, as a stream too", async () => {
    const token = (await service.signIn(ada.username)).access_token;
    expect((await get("", token)).status).toBe(403);
    expect((await get("", token, "application/x-ndjson")).status).toBe(403);
    await service.container.accountAdministration.setRoles(ada.username, ["admin"]);
    expect((await get("", token)).status).toBe(200);
  });
});

const opened = (index: number) => ({
  ...{ type: "site_opened" as const, userId: ada.id, detail: { index } },
});

describe("the audit trail as a whole", () => {
  it("is sent as NDJSON, every event of the filter, and that it was taken along is an event", async () => {
    for (let index = 0; index < 5; index += 1) await rename(ada.id, `Ada ${index}`);
    const { response, text: body } = await text(`?user=${ada.username}`, "application/x-ndjson");
    expect(response.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const lines = body
      .trimEnd()
      .split("\n")
      .map((line) => auditEventOutput.parse(JSON.parse(line)));
    expect(lines).toEqual(await events(`?user=${ada.username}`));
    expect(lines).toHaveLength(6);
    const [exported] = await events("?type=audit_exported&limit=1");
    expect(exported).toMatchObject({
      ...{ user_id: null, actor_id: olive.id, address: "192.0.2.1" },
      detail: { format: "ndjson", user: ada.id, type: null },
    });
  });

  it("is sent as CSV that opens no formula in a spreadsheet and keeps quotes and line ends in their cell", async () => {
    const { audit } = service.container;
    const address = '=HYPERLINK("https://evil.example","1")';
    await audit.record({ type: "signed_in", userId: ada.id, address, detail: { method: 'a\r\n"b"' } });
    const { response, text: body } = await text(`?user=${ada.id}&type=signed_in`, "text/csv, */*");
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const [head, line] = body.split("\r\n");
    expect(head).toBe("at,type,user_id,username,actor_id,actor_name,session_id,address,id,detail");
    expect(line).toMatch(/^"\d{4}-\d\d-\d\dT[\d:.]+Z","signed_in",/);
    expect(line).toContain(`,"'=HYPERLINK(""https://evil.example"",""1"")",`);
    expect(line?.endsWith(`,"{""method"":""a\\r\\n\\""b\\""""}"`)).toBe(true);
    expect(body.endsWith("\r\n")).toBe(true);
  });

  it("reads no further than its reader does, and ends when the reader goes", async () => {
    const { audit } = service.container;
    for (let index = 0; index < 1000; index += 1) await audit.record(opened(index));
    const page = audit.page.bind(audit);
    let pages = 0;
    Object.assign(audit, {
      page(...wanted: Parameters<typeof page>) {
        pages += 1;
        return page(...wanted);
      },
    });
    try {
      const headers = { ...bearer(olive.token), accept: "application/x-ndjson" };
      const request = new Request(`${APP_URL}${AUDIT}?user=${ada.id}`, { headers });
      const { body } = await service.first.api(request, { address: "192.0.2.1" });
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      await reader.read();
      expect(pages).toBe(2);
      await reader.cancel();
      expect(pages).toBe(2);
      const whole = await text(`?user=${ada.id}`, "application/x-ndjson", olive.token, service.first);
      expect(whole.text.split("\n")).toHaveLength(1002);
      expect(pages).toBe(8);
    } finally {
      Object.assign(audit, { page });
    }
  });

  it("stops for who is signed out or loses the role while it is sent", async () => {
    for (let index = 0; index < 300; index += 1) await service.container.audit.record(opened(index));
    for (const end of ["role", "session"] as const) {
      const username = `adam${count}${end}`;
      await service.addUser(username);
      await service.container.accountAdministration.setRoles(username, ["admin"] satisfies RoleName[]);
      const headers = {
        ...bearer((await service.signIn(username)).access_token),
        accept: "application/x-ndjson",
      };
      const request = new Request(`${APP_URL}${AUDIT}?user=${ada.id}`, { headers });
      const { body } = await service.first.api(request, { address: "192.0.2.1" });
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      if (end === "role") await service.container.accountAdministration.setRoles(username, ["user"]);
      else await service.container.accountAdministration.endSessions(username);
      await expect(reader.read()).rejects.toMatchObject({
        code: end === "role" ? "forbidden" : "session_revoked",
      });
    }
  });
});

describe("what administrators try and may not", () => {
  it("is an event with who tried it, on whom and what; of many in an hour the rest are lines of the log", async () => {
    const adam = `adam${count}`;
    const adamId = await service.addUser(adam);
    await service.container.accountAdministration.setRoles(adam, ["admin"]);
    const headers = bearer((await service.signIn(adam)).access_token);
    const acts = ["disable", "sign-out", "recovery-link", "enable"];
    for (const act of acts) {
      service.clock.advance(1);
      const { status } = await service.call(`/api/admin/users/${olive.id}/${act}`, {
        method: "POST",
        headers,
      });
      expect(status, act).toBe(403);
    }
    service.clock.advance(1);
    const json = { roles: ["owner"] };
    expect((await service.call("/api/admin/invitations", { headers, json })).status).toBe(403);
    const found = await events(`?actor=${adam}&type=act_refused`);
    expect(found.map(({ detail }) => detail.act)).toEqual([
      ...["invite", "enable", "recovery_link", "sign_out", "disable"],
    ]);
    expect(found[4]).toMatchObject({ user_id: olive.id, actor_id: adamId, address: "192.0.2.1" });
    for (let index = 0; index < 40; index += 1) {
      await service.call(`/api/admin/users/${olive.id}/disable`, { method: "POST", headers });
    }
    expect(await events(`?actor=${adam}&type=act_refused&limit=100`)).toHaveLength(30);
    const lines = service
      .log()
      .split("\n")
      .filter((line) => line.includes(adamId) && line.includes("act_refused"));
    expect(lines).toHaveLength(45);
  });
});

describe("a deleted account in the audit trail", () => {
  it("keeps what happened, when and to which id, and nothing that says who it was", async () => {
    const { accountAdministration, audit } = service.container;
    const userAgent = "Mozilla/5.0 (X11; Linux x86_64) SecretBrowser/1.0";
    const { access_token: token } = await service.signIn(ada.username);
    await service.call("/api/auth/me", {
      ...{
        method: "PATCH",
        headers: { ...bearer(token), "user-agent": userAgent },
        json: { display_name: "Ada Lovelace" },
      },
      address: "198.51.100.77",
    });
    await accountAdministration.rename(ada.username, `lovelace${count}`);
    await audit.record({
      ...{ type: "email_added", userId: ada.id, address: "198.51.100.77" },
      detail: { email: "ada@lovelace.example" },
    });
    const more = {
      name: "Ada’s phone",
      passkey: "credential",
      browser: "SecretBrowser",
      ip: "198.51.100.77",
    };
    await audit.record({ type: "passkey_added", userId: ada.id, address: "198.51.100.77", detail: more });
    // What she did to somebody else came from her address too.
    const bob = await service.addUser(`bob${count}`);
    await audit.record({
      ...{ type: "account_disabled", userId: bob, actorId: ada.id, address: "198.51.100.77" },
    });
    await service.call("/api/auth/logout", {
      method: "POST",
      headers: { ...bearer(token), "user-agent": userAgent },
    });
    const before = await events(`?user=${ada.id}`);
    await accountAdministration.remove(`lovelace${count}`);
    const after = await events(`?user=${ada.id}`);
    expect(typesOf(after).sort()).toEqual(["account_removed", ...typesOf(before)].sort());
    expect(after.every(({ username, address }) => username === null && address === null)).toBe(true);
    const rows = JSON.stringify([...after, ...(await events(`?user=${bob}`))]);
    for (const secret of [
      "ovelace",
      ada.username,
      "198.51.100",
      "SecretBrowser",
      "phone",
      "credential",
      "example",
    ]) {
      expect(rows, secret).not.toContain(secret);
    }
    expect(after.find(({ type }) => type === "session_ended")?.detail).toMatchObject({
      reason: "signed_out",
    });
    const acts = await events(`?user=${bob}&type=account_disabled`);
    expect(acts).toMatchObject([{ actor_id: ada.id, actor_name: null }]);
  });
});
