import { describe, expect, it } from "vitest";
import type { PasskeyOutcome } from "../../client/session/sign-in";
import type { PasskeyAssertion } from "../../contract/passkeys";
import type { Asked } from "../lib/passkey-browser";
import { none, settled, ticketWith } from "./fake-stage";
import { PasskeyWay } from "./passkey-way";
import { SignInViewStore } from "./sign-in-view-store";
import { TicketHolder } from "./ticket-holder";

const passkey: PasskeyAssertion = {
  id: "key",
  rawId: "key",
  type: "public-key",
  response: { clientDataJSON: "c", authenticatorData: "a", signature: "s", userHandle: "u" },
};
const signed: Asked = { status: "signed", passkey };

/** A browser that is asked, and answers when the test says so; tickets are numbered. */
function stage({
  canOffer = true,
  outcomes = [{ status: "signed_in", sessionId: "s" }] as PasskeyOutcome[],
} = {}) {
  const log: string[] = [];
  const clock = { nowInMs: 1_000_000 };
  const asked: { where: string; challenge: string; answer: (asked: Asked) => void }[] = [];
  let tickets = 0;
  let signedIn = 0;
  const holder = new TicketHolder(
    {
      async getTicket() {
        tickets += 1;
        const passkey_options = {
          challenge: `c${tickets}`,
          rpId: "localhost",
          timeout: 120_000,
          userVerification: "required" as const,
          allowCredentials: [],
        };
        return { status: "issued", ticket: { ...ticketWith(none, `t${tickets}`), passkey_options } };
      },
    },
    () => clock.nowInMs,
  );
  const store = new SignInViewStore();
  const way = new PasskeyWay({
    auth: {
      async signInWithPasskey({ ticket }) {
        log.push(`login ${ticket.t}`);
        return outcomes.shift() ?? { status: "signed_in", sessionId: "s" };
      },
    },
    browser: {
      canOffer: async () => canOffer,
      ask: ({ challenge }, where) =>
        new Promise((answer) => {
          log.push(`${where} ${challenge}`);
          asked.push({ where, challenge, answer });
        }),
      stop: () => asked.at(-1)?.answer({ status: "cancelled" }),
      forget: (_, id) => log.push(`forget ${id}`),
    },
    tickets: holder,
    store,
    surroundings: () => ({ nowInMs: clock.nowInMs, isOnline: true, isSecure: true }),
    onSignedIn: () => {
      signedIn += 1;
    },
  });
  return { way, log, store, clock, holder, asked, signedIn: () => signedIn };
}

describe("a passkey that the browser offers in the field of the name", () => {
  it("signs in when it is chosen", async () => {
    const { way, log, asked, store, signedIn } = stage();
    void way.offer();
    await settled();
    asked[0]?.answer(signed);
    await settled();
    expect(log).toEqual(["field c1", "login t1"]);
    expect([store.view.phase, signedIn()]).toEqual(["signed_in", 1]);
  });

  it("is offered under the next ticket when a password has used this one up", async () => {
    const { way, log, holder, asked } = stage();
    void way.offer();
    await settled();
    holder.drop();
    way.renew();
    await settled();
    expect(log).toEqual(["field c1", "field c2"]);
    asked[1]?.answer(signed);
    await settled();
    expect(log.at(-1)).toBe("login t2");
  });

  it("is not offered again once the person has closed the offer, nor where the browser cannot", async () => {
    const closed = stage();
    void closed.way.offer();
    await settled();
    closed.asked[0]?.answer({ status: "cancelled" });
    await settled();
    expect(closed.log).toEqual(["field c1"]);
    const without = stage({ canOffer: false });
    await without.way.offer();
    expect(without.log).toEqual([]);
  });
});

describe("the button", () => {
  it("ends the offer, asks, and signs in", async () => {
    const { way, log, asked, store } = stage();
    void way.offer();
    await settled();
    const used = way.use();
    await settled();
    expect([store.view.phase, log]).toEqual(["passkey", ["field c1", "dialog c1"]]);
    asked[1]?.answer(signed);
    await used;
    expect(log.at(-1)).toBe("login t1");
  });

  it("does nothing while the form is sent", async () => {
    const { way, log, store } = stage();
    store.show({ phase: "checking" });
    await way.use();
    expect(log).toEqual([]);
  });

  it.each<[Asked, PasskeyOutcome | undefined, string, string]>([
    [{ status: "cancelled" }, undefined, "calm", "signIn.passkey.cancelled"],
    [{ status: "failed" }, undefined, "error", "signIn.passkey.failed"],
    [signed, { status: "invalid_passkey", isUnknown: false }, "error", "signIn.passkey.failed"],
    [signed, { status: "invalid_passkey", isUnknown: true }, "error", "signIn.passkey.unknown"],
    [signed, { status: "ticket_expired" }, "calm", "signIn.passkey.again"],
    [signed, { status: "unavailable", cause: "network" }, "error", "connection.unavailable"],
  ])(
    "after %j and %j says so, lets the form be used, and offers again",
    async (answer, outcome, status, key) => {
      const { way, log, asked, store, signedIn } = stage(outcome ? { outcomes: [outcome] } : {});
      const used = way.use();
      await settled();
      asked[0]?.answer(answer);
      await used;
      await settled();
      expect(store.view).toMatchObject({ phase: "ready", message: { status, key } });
      expect(log.at(-1)).toMatch(/^field /);
      expect(log.includes("forget key")).toBe(outcome?.status === "invalid_passkey" && outcome.isUnknown);
      expect(signedIn()).toBe(0);
    },
  );
});
