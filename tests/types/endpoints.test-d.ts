import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { open, session } from "../../src/server/endpoints/access";
import { type Endpoint, mutation, query } from "../../src/server/endpoints/endpoint";
import type { AppRouter } from "../../src/server/faces/trpc/router";

const whole = {
  address: "GET /api/auth/planted",
  access: open,
  group: "Account",
  summary: "Planted",
  answers: "Nothing.",
  run: async () => {},
} as const;

describe("an operation", () => {
  it("that says everything compiles", () => {
    expectTypeOf(query(whole)).toExtend<Endpoint<"query">>();
  });

  it("that leaves out who may call, a sentence or its address does not compile", () => {
    const { access: _access, ...withoutAccess } = whole;
    const { summary: _summary, ...withoutSummary } = whole;
    const { address: _address, ...withoutAddress } = whole;
    // @ts-expect-error nobody says who may call
    query(withoutAccess);
    // @ts-expect-error the OpenAPI document would have no sentence
    query(withoutSummary);
    // @ts-expect-error the plain face would not have it
    query(withoutAddress);
  });

  it("that refuses with a code of no error table, or answers other than its shape, does not compile", () => {
    // @ts-expect-error there is no such code
    query({ ...whole, refusals: ["no_such_code"] });
    // @ts-expect-error the shape says a number
    query({ ...whole, output: z.object({ n: z.number() }), run: async () => ({ n: "one" }) });
  });

  it("knows its caller by its rule of access", () => {
    mutation({
      ...whole,
      access: session,
      async run({ user }) {
        expectTypeOf(user.username).toEqualTypeOf<string>();
      },
    });
    // @ts-expect-error an operation that is open to everybody has no user
    mutation({ ...whole, run: async ({ user }) => void user });
  });
});

describe("the typed face", () => {
  it("has the inputs and outputs of the operations", () => {
    type Procedures = AppRouter["_def"]["record"];
    expectTypeOf<Procedures["sessions"]["revoke"]["_def"]["$types"]["input"]>().toEqualTypeOf<{
      id: string;
    }>();
    expectTypeOf<Procedures["auth"]["serverTime"]["_def"]["$types"]["output"]>().toEqualTypeOf<{
      server_time: number;
    }>();
    expectTypeOf<Procedures["user"]["change"]["_def"]["$types"]["input"]>().toEqualTypeOf<{
      display_name?: string | undefined;
      username?: string | undefined;
    }>();
  });
});
