import { afterAll, beforeAll, describe } from "vitest";
import { attack, told } from "../helpers/lab/attack";
import { Authenticator } from "../helpers/passkeys/authenticator";
import { addPasskey, callAs } from "../helpers/passkeys/steps";
import { startService, type TestService } from "../helpers/service";
import { openPhone, type SignedInPhone } from "../helpers/steps/qr";

let service: TestService;
let owner: SignedInPhone;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  owner = await openPhone(service, "ada");
});
afterAll(() => service.close());

const call = (method: string, path: string, json?: unknown) =>
  callAs(service, owner.tokens, owner.device, [method, path], json);

const BAD: unknown[] = [
  ...[null, 1, true, [], {}, "", "\0", "a\0b", "\ud800", "__proto__", "constructor"],
  ...["x".repeat(100_000), { length: 6 }],
];
const KINDS: unknown[] = ["__proto__", "constructor", "toString", "passkey", "totp", "enrol", ["totp"]];
const BODIES: unknown[] = BAD.flatMap((value) => {
  const challenge = "A".repeat(43);
  const passkey = { id: value, rawId: value, type: "public-key", response: value };
  return [
    value,
    ...KINDS.map((kind) => ({ challenge, kind, code: value })),
    { challenge: value, kind: "totp", code: "123456" },
    { challenge, kind: "passkey", passkey: value },
    { credential: value, name: value },
    { t: value, passkey },
    { kind: value, code: value },
    { kind: "recovery_code", code: value },
  ];
});

const isRefused = ({ status }: { status: number }) => status >= 400 && status < 500;

describe("input of every wrong kind", () => {
  const names = ["second-factor", "second-factor/enrol", "second-factor/try", "totp/confirm", "passkeys"];
  for (const name of [...names, "step-up", "login"]) {
    attack(`at /api/auth/${name}`, "all 4xx", async () => {
      const odd: string[] = [];
      for (const json of BODIES) {
        const answer = await call("POST", `/api/auth/${name}`, json);
        if (!isRefused(answer)) odd.push(`${told(answer)} to ${JSON.stringify(json).slice(0, 80)}`);
      }
      return odd.join("; ") || "all 4xx";
    });
  }

  attack(
    "names for a passkey which cannot be stored, show nothing or rewrite their line",
    "all 400",
    async () => {
      const passkey = new Authenticator();
      await addPasskey(service, owner.tokens, owner.device, passkey);
      const names = ["a\0b", "\0", "\ud800", "\u200b", "Ada\u202egnp", "two\nlines", "\u3164"];
      const odd: string[] = [];
      for (const id of [passkey.id, "__proto__", "constructor"]) {
        for (const name of names) {
          const answer = await call("PATCH", `/api/auth/passkeys/${id}`, { name });
          if (answer.status !== 400) odd.push(`${told(answer)} to ${id} ${JSON.stringify(name)}`);
        }
      }
      return odd.join("; ") || "all 400";
    },
  );
});
