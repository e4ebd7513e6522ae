import { afterEach, beforeEach, expect, it } from "vitest";
import { bearer, startService, type TestService, type Tokens } from "../../helpers/service";

let service: TestService;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});
afterEach(() => service.close());

interface Listed {
  readonly id: string;
  readonly type: string;
  readonly session_id: string | null;
  readonly session_live: boolean;
  readonly at: number;
}

async function noticesOf({ access_token }: Pick<Tokens, "access_token">): Promise<Listed[]> {
  const { status, body } = await service.call("/api/auth/notices", { headers: bearer(access_token) });
  expect(status).toBe(200);
  return body.notices as Listed[];
}

const refresh = (refresh_token: string) =>
  service.call("/api/auth/refresh-token", { json: { refresh_token } });

it("no number of sign-ins hides a theft", async () => {
  const reader = await service.signIn("ada");
  const robbed = await service.signIn("ada");
  const once = await refresh(robbed.refresh_token);
  await refresh(String(once.body.refresh_token));
  expect((await refresh(robbed.refresh_token)).body.error).toBe("refresh_token_reused");
  service.clock.advance(1);
  for (let count = 0; count < 25; count += 1) await service.signIn("ada");
  const notices = await noticesOf(reader);
  expect(notices.filter(({ type }) => type === "refresh_token_reused")).toMatchObject([
    { session_id: robbed.session_id, session_live: false },
  ]);
  expect(notices.filter(({ type }) => type === "new_sign_in")).toHaveLength(20);
  expect(notices.map(({ at }) => at)).toEqual(notices.map(({ at }) => at).sort((a, b) => b - a));
});

it("tells of every theft, not of the last one only", async () => {
  const reader = await service.signIn("ada");
  const robbed = [await service.signIn("ada"), await service.signIn("ada")];
  for (const { refresh_token } of robbed) {
    service.clock.advance(1);
    const once = await refresh(refresh_token);
    await refresh(String(once.body.refresh_token));
    expect((await refresh(refresh_token)).body.error).toBe("refresh_token_reused");
  }
  const told = (await noticesOf(reader)).map(({ session_id }) => session_id);
  expect(told).toEqual(robbed.map(({ session_id }) => session_id).reverse());
});

it("tells of a sign-in as soon as its session lives, whether or not the audit row could be written", async () => {
  const reader = await service.signIn("ada");
  const { audit } = service.container;
  Object.assign(audit, { record: async () => {} });
  service.clock.advance(1);
  const newer = await service.signIn("ada");
  expect(await noticesOf(reader)).toMatchObject([
    { type: "new_sign_in", session_id: newer.session_id, session_live: true },
  ]);
});

const acknowledge = ({ access_token }: Tokens, id: string) =>
  service.call("/api/auth/notices/acknowledge", { json: { id }, headers: bearer(access_token) });

it("a sign-in is news to the account's other sessions, older and younger, while it can be undone", async () => {
  const before = await service.signIn("ada");
  service.clock.advance(1);
  const newer = await service.signIn("ada");
  expect(await noticesOf(newer)).toMatchObject([{ session_id: before.session_id }]);
  expect(await noticesOf(before)).toMatchObject([{ session_id: newer.session_id }]);
  await service.call(`/api/auth/sessions/${newer.session_id}`, {
    method: "DELETE",
    headers: bearer(before.access_token),
  });
  expect(await noticesOf(before)).toEqual([]);
});

it("a notice that one session acknowledged is no news to any other, now or later; nor is another kind of notice", async () => {
  const [one, two] = [await service.signIn("ada"), await service.signIn("ada")];
  const three = await service.signIn("ada");
  expect((await acknowledge(two, three.session_id)).status).toBe(204);
  const seenBy = async (reader: Tokens) =>
    (await noticesOf(reader)).map(({ session_id }) => session_id).sort();
  expect(await seenBy(one)).toEqual([two.session_id]);
  const later = await service.signIn("ada");
  expect(await seenBy(later)).toEqual([one.session_id, two.session_id].sort());

  const once = await refresh(three.refresh_token);
  await refresh(String(once.body.refresh_token));
  await refresh(three.refresh_token);
  const [theft] = (await noticesOf(one)).filter(({ type }) => type === "refresh_token_reused");
  expect((await acknowledge(later, String(theft?.id))).status).toBe(204);
  expect((await noticesOf(one)).map(({ type }) => type)).not.toContain("refresh_token_reused");
});

it("no number of acknowledged thefts hides one that is not", async () => {
  const reader = await service.signIn("ada");
  const steal = async () => {
    const robbed = await service.signIn("ada");
    service.clock.advance(1);
    const once = await refresh(robbed.refresh_token);
    await refresh(String(once.body.refresh_token));
    await refresh(robbed.refresh_token);
    return robbed.session_id;
  };
  const first = await steal();
  const thefts = async () => (await noticesOf(reader)).filter(({ type }) => type === "refresh_token_reused");
  for (let count = 0; count < 22; count += 1) {
    await steal();
    await acknowledge(reader, String((await thefts())[0]?.id));
  }
  expect(await thefts()).toMatchObject([{ session_id: first }]);
});

it("acknowledging takes an id that is news to this session: not its own, not another account's, not a made-up one", async () => {
  await service.addUser("bob");
  const [ada, other, bob] = [
    await service.signIn("ada"),
    await service.signIn("ada"),
    await service.signIn("bob"),
  ];
  for (const [who, id] of [
    [ada, ada.session_id],
    [bob, other.session_id],
    [ada, "nothing"],
  ] as const)
    expect((await acknowledge(who, id)).body.error).toBe("not_found");
  expect(await noticesOf(ada)).toMatchObject([{ session_id: other.session_id }]);
});

it("acknowledgements are forgotten when what they are about is no longer shown", async () => {
  const [one, two] = [await service.signIn("ada"), await service.signIn("ada")];
  await acknowledge(one, two.session_id);
  const { notices } = service.container;
  expect(await notices.sweep(service.clock.now())).toBe(0);
  service.clock.advance(14 * 86_400 + 1);
  expect(await notices.sweep(service.clock.now())).toBe(1);
});

it("tells nobody of another's", async () => {
  await service.addUser("bob");
  const bob = await service.signIn("bob");
  service.clock.advance(1);
  await service.signIn("ada");
  expect(await noticesOf(bob)).toEqual([]);
});
