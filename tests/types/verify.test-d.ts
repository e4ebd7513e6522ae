import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expectTypeOf, it } from "vitest";
import { createVerifier, expressVerify, type VerifiedCaller, type VerifiedToken } from "../../src/verify";

const options = { issuer: "https://a.example", audience: "https://a.example", origin: "https://b.example" };
const verifier = createVerifier(options);
const withPrograms = createVerifier({ ...options, allowClients: true });

describe("who calls, in a handler of Express or Fastify", () => {
  it("is in request.caller of Express by the import alone, and undefined unless a verifier came before", () => {
    expectTypeOf<Express.Request["caller"]>().toEqualTypeOf<VerifiedCaller | undefined>();
  });

  it("has by callerOf the type of the verifier: a person, or a program too where those are let in", () => {
    expectTypeOf(verifier.callerOf({})).toEqualTypeOf<VerifiedToken>();
    expectTypeOf(withPrograms.callerOf({})).toEqualTypeOf<VerifiedCaller>();
    expectTypeOf(withPrograms.requireRole("admin").callerOf({})).toEqualTypeOf<VerifiedToken>();
    expectTypeOf(withPrograms.requireScope("read").callerOf({})).toEqualTypeOf<VerifiedCaller>();
    // @ts-expect-error a program has no user: look at kind first
    withPrograms.callerOf({}).userId;
  });

  it("is a person where roles are required of all, and that is not for programs", () => {
    expectTypeOf(
      createVerifier({ ...options, requires: { roles: ["admin"] } }).callerOf({}),
    ).toEqualTypeOf<VerifiedToken>();
    // @ts-expect-error one role at least
    createVerifier({ ...options, requires: { roles: [] } });
    // @ts-expect-error programs have no roles
    createVerifier({ ...options, allowClients: true, requires: { roles: ["admin"] } });
  });

  it("is put there by middleware that takes Node's own request and response", () => {
    expectTypeOf(expressVerify(verifier)).toBeCallableWith(
      {} as IncomingMessage,
      {} as ServerResponse,
      () => {},
    );
  });
});
