import { beforeEach, describe, expect, it } from "vitest";
import type { Auth } from "../../client/session/auth";
import type { PasskeyOutcome, Ticket } from "../../client/session/sign-in";
import type { SignUpOptionsOutcome, SignUpOutcome } from "../../client/session/sign-up";
import type { NewPasskey, PasskeyAssertion, PasskeyCreationOptions } from "../../contract/passkeys";
import type { Made } from "../lib/make-passkey";
import type { Asked } from "../lib/passkey-browser";
import { PasskeyJoin } from "./passkey-join";

const wish = { invitation: "code", username: "grace", displayName: "" };
const ready = {
  status: "ready",
  options: { rp: { id: "localhost" } } as PasskeyCreationOptions,
} as const;
const made = { status: "made", credential: { id: "key" } as NewPasskey } as const;
const cancelled = { status: "not_made", tone: "calm", key: "passkeys.cancelled" } as const;
const lost = { status: "unavailable", cause: "network" } as const;
const signedIn = { status: "signed_in", sessionId: "s" } as const;
const refused = { status: "invalid_passkey" } as const;
const again = { status: "not_made", tone: "error", key: "join.again" };

let calls: string[];
let now: number;
let dialogs: Made[];
let sent: SignUpOutcome[];
let questions: SignUpOptionsOutcome[];
let asked: Asked;
let passkeyOutcome: PasskeyOutcome;
let join: PasskeyJoin;

function next<T>(name: string, answers: T[]): T {
  calls.push(name);
  const answer = answers.shift();
  if (answer === undefined) throw new Error(`nobody expected ${name}`);
  return answer;
}

beforeEach(() => {
  calls = [];
  now = 0;
  [dialogs, sent, questions] = [[made], [], [ready]];
  asked = { status: "signed", passkey: { id: "key" } as PasskeyAssertion };
  passkeyOutcome = signedIn;
  const ticket = { passkey_options: { rpId: "localhost" } } as Ticket;
  const auth: Pick<Auth, "signUpOptions" | "signUp" | "getTicket" | "signInWithPasskey"> = {
    signUpOptions: async () => next("options", questions),
    signUp: async () => next("sign-up", sent),
    getTicket: async () => ({ status: "issued", ticket }),
    signInWithPasskey: async () => next("sign-in", [passkeyOutcome]),
  };
  join = new PasskeyJoin({
    auth: async () => auth,
    make: async () => next("dialog", dialogs),
    browser: {
      ask: async () => next("ask", [asked]),
      forget: (rpId, id) => calls.push(`forget ${id} of ${rpId}`),
    },
    now: () => now,
  });
});

describe("making an account with a passkey", () => {
  it("asks the service, then the browser, then the service", async () => {
    sent = [signedIn];
    expect(await join.join(wish)).toEqual(signedIn);
    expect(calls).toEqual(["options", "dialog", "sign-up"]);
  });

  it("opens no dialog for a name that is taken, and asks anew for another one", async () => {
    questions = [{ status: "username_taken" }, ready];
    sent = [signedIn];
    expect(await join.join(wish)).toEqual({ status: "username_taken" });
    expect(await join.join({ ...wish, username: "henry" })).toEqual(signedIn);
    expect(calls).toEqual(["options", "options", "dialog", "sign-up"]);
  });

  it("opens a dialog that was closed again at once, while its options are good", async () => {
    dialogs = [cancelled, cancelled, made];
    questions = [ready, ready];
    sent = [signedIn];
    expect(await join.join(wish)).toEqual(cancelled);
    now = 179_000;
    expect(await join.join(wish)).toEqual(cancelled);
    now = 181_000;
    expect(await join.join(wish)).toEqual(signedIn);
    expect(calls).toEqual(["options", "dialog", "dialog", "options", "dialog", "sign-up"]);
  });

  it("tells the browser to forget a passkey whose account cannot be", async () => {
    for (const outcome of [{ status: "username_taken" }, { status: "invalid_invitation" }] as const) {
      [dialogs, questions, sent] = [[made], [ready], [outcome]];
      expect(await join.join(wish)).toEqual(outcome);
      expect(calls.at(-1)).toBe("forget key of localhost");
    }
    [dialogs, questions, sent] = [[made], [ready], [refused]];
    expect(await join.join(wish)).toEqual(again);
  });
});

describe("after a lost answer", () => {
  it("the same is sent again: it may never have arrived", async () => {
    sent = [lost, signedIn];
    expect(await join.join(wish)).toEqual(lost);
    expect(await join.join(wish)).toEqual(signedIn);
    expect(calls).toEqual(["options", "dialog", "sign-up", "sign-up"]);
  });

  it.each([refused, { status: "invalid_invitation" }, { status: "username_taken" }] as const)(
    "and a refusal ($status), the passkey signs in",
    async (refusal) => {
      sent = [lost, refusal];
      await join.join(wish);
      expect(await join.join(wish)).toEqual(signedIn);
      expect(calls).toEqual(["options", "dialog", "sign-up", "sign-up", "ask", "sign-in"]);
    },
  );

  it("a dialog that is closed may be opened again", async () => {
    sent = [lost, refused, refused];
    asked = { status: "cancelled" };
    await join.join(wish);
    expect(await join.join(wish)).toMatchObject({ tone: "calm", key: "join.confirmPasskey" });
    asked = { status: "signed", passkey: { id: "key" } as PasskeyAssertion };
    expect(await join.join(wish)).toEqual(signedIn);
  });

  it("a passkey that the service has not is forgotten, and the next try begins anew", async () => {
    [sent, dialogs, questions] = [
      [lost, refused, signedIn],
      [made, made],
      [ready, ready],
    ];
    passkeyOutcome = { status: "invalid_passkey", isUnknown: true };
    await join.join(wish);
    expect(await join.join(wish)).toEqual(again);
    expect(calls.at(-1)).toBe("forget key of localhost");
    expect(await join.join(wish)).toEqual(signedIn);
    expect(calls.slice(-3)).toEqual(["options", "dialog", "sign-up"]);
  });

  it("another name begins anew", async () => {
    [sent, dialogs, questions] = [
      [lost, signedIn],
      [made, made],
      [ready, ready],
    ];
    await join.join(wish);
    expect(await join.join({ ...wish, username: "henry" })).toEqual(signedIn);
    expect(calls.slice(-3)).toEqual(["options", "dialog", "sign-up"]);
  });
});
