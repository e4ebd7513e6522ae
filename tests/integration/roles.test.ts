import { afterAll, beforeAll, expect, it } from "vitest";
import { roles, session } from "../../src/server/endpoints/access";
import { createCallerFactory, procedureFor, router } from "../../src/server/faces/trpc/init";
import { createCaller } from "../../src/server/faces/trpc/router";
import { Call } from "../../src/server/request/call";
import { bearer, startService, type TestService } from "../helpers/service";

const guarded = router({
  forOwners: procedureFor(roles("owner", "admin")).query(({ ctx }) => ctx.known.user.username),
  forAnyone: procedureFor(session).query(({ ctx }) => ctx.known.user.username),
});
const createGuardedCaller = createCallerFactory(guarded);

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.addUser("olive");
  await service.addUser("rupert");
});
afterAll(() => service.close());

async function callAs(username: string): Promise<Call> {
  const { access_token } = await service.signIn(username);
  const request = new Request("http://localhost:3000/api/trpc/x", { headers: bearer(access_token) });
  return new Call(service.container, request, { address: null });
}

it("lets in a user who has one of the roles, on both faces", async () => {
  const call = await callAs("olive");
  expect(await createGuardedCaller({ call }).forOwners()).toBe("olive");
  expect((await roles("owner").admit(call)).user.username).toBe("olive");
});

it("refuses a user who has none of them, on both faces, and leaves the rest open to them", async () => {
  const call = await callAs("rupert");
  const caller = createGuardedCaller({ call });
  await expect(caller.forOwners()).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(roles("owner", "admin").admit(call)).rejects.toMatchObject({ code: "forbidden" });
  expect(await caller.forAnyone()).toBe("rupert");
});

it("gives procedures the user and the session, typed", async () => {
  const me = await createCaller({ call: await callAs("olive") }).auth.me();
  expect(me.user.roles satisfies readonly string[]).toEqual(["owner"]);
  expect(me.session.method).toBe("password");
});
