import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bearer, startService, type TestService, type Tokens } from "../../helpers/service";

let service: TestService;
let ada: Tokens;

beforeAll(async () => {
  service = await startService();
  await service.addUser("olive");
  await service.addUser("ada");
  ada = await service.signIn("ada");
});
afterAll(() => service.close());

async function page(tokens: Tokens, query = "") {
  const { status, body } = await service.call(`/api/auth/activity${query}`, {
    headers: bearer(tokens.access_token),
  });
  type Page = { events: Record<string, unknown>[]; next_cursor: string | null };
  return { status, body: body as unknown as Page };
}

describe("one's own activity", () => {
  it("comes page by page, the newest first, each event once", async () => {
    for (let index = 0; index < 5; index += 1) {
      const json = { display_name: `Ada ${index}` };
      await service.call("/api/auth/me", { method: "PATCH", headers: bearer(ada.access_token), json });
    }
    const all = (await page(ada)).body.events;
    expect(all.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 5 }, () => "display_name_changed"),
      "signed_in",
      "account_created",
    ]);
    const paged: unknown[] = [];
    let cursor: string | null = null;
    do {
      const { body }: Awaited<ReturnType<typeof page>> = await page(
        ada,
        `?limit=3${cursor === null ? "" : `&cursor=${cursor}`}`,
      );
      paged.push(...body.events);
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(paged).toEqual(all);
  });

  it("has nothing of others, and says who acted but not from where", async () => {
    const olive = await service.signIn("olive");
    const id = (await service.container.accounts.findByUsername("ada"))?.id;
    await service.call(`/api/admin/users/${id}`, {
      ...{ method: "PATCH", headers: bearer(olive.access_token), address: "198.51.100.77" },
      json: { display_name: "Ada L." },
    });
    const { body } = await page(ada);
    expect(body.events[0]).toMatchObject({
      ...{ type: "display_name_changed", actor_name: "olive", address: null, session_id: null },
      detail: { before: "Ada 4", after: "Ada L." },
    });
    const text = JSON.stringify(body);
    for (const theirs of ["198.51.100.77", olive.session_id]) expect(text).not.toContain(theirs);
    expect((await page(olive)).body.events.some(({ type }) => type === "display_name_changed")).toBe(false);
  });

  it.each(["?limit=0", "?limit=101", "?cursor=x", "?cursor=1.2.3"])("refuses %s", async (query) => {
    expect((await page(ada, query)).status).toBe(400);
  });
});
