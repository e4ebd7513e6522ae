import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../../src/server/faces/http/routes";
import { appRouter } from "../../../src/server/faces/trpc/router";
import { readDocument, tableRows } from "../../helpers/markdown";
import { startService, type TestService } from "../../helpers/service";

const document = readDocument("docs/reference/http.md");
const everything = document + readDocument("docs/reference/oauth.md");
const documented = [...everything.matchAll(/^### `([A-Z]+) (\/\S+)`$/gm)].map(
  ([, method = "", path = ""]) => ({
    method,
    path,
  }),
);

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

describe("docs/reference/http.md and oauth.md", () => {
  it("name every route of the plain face and no other", () => {
    expect(new Set(documented.map((route) => route.path))).toEqual(new Set(Object.keys(routes)));
  });

  it.each([...new Set(documented.map((route) => route.path))])("name the methods of %s", async (path) => {
    // No route answers PUT: the refusal lists the methods there are.
    const answer = await service.call(path, { method: "PUT" });
    const methods = documented.filter((route) => route.path === path).map((route) => route.method);
    expect(answer.status).toBe(405);
    expect(new Set(answer.headers.get("allow")?.split(", "))).toEqual(new Set(methods));
  });

  it("name every procedure of the typed face with its kind, and no other", () => {
    // Flat at run time, by dotted names; its type is nested.
    const procedures: object = appRouter._def.procedures;
    const kinds = Object.entries(procedures).map(
      ([name, procedure]: [string, { _def: { type: string } }]) => `\`${name}\` ${procedure._def.type}`,
    );
    const rows = tableRows(document).filter((cells) => cells[0]?.includes("."));
    expect(new Set(rows.map((cells) => `${cells[0]} ${cells[1]}`))).toEqual(new Set(kinds));
  });
});
