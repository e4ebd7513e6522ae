import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProofSignatures } from "./proof-signatures";

interface Device {
  readonly head: string;
  readonly privateKey: KeyObject;
}

let signatures: ProofSignatures;
beforeEach(() => {
  signatures = new ProofSignatures();
});
afterEach(() => signatures.close());

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function newDevice(): Device {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { head: encode({ jwk: publicKey.export({ format: "jwk" }) }), privateKey };
}

let made = 0;
function makeProof({ head, privateKey }: Device, by: Device = { head, privateKey }): string {
  made += 1;
  const signed = `${head}.${encode({ jti: `proof-${made}` })}`;
  const signature = sign("sha256", Buffer.from(signed), { key: by.privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

/** Every third is signed by another key than the one it names. */
function mixed(count: number) {
  const devices = Array.from({ length: 3 }, newDevice);
  return Array.from({ length: count }, (_, index) => {
    const [own, other] = [devices[index % 3], devices[(index + 1) % 3]] as [Device, Device];
    const isGood = index % 3 !== 2;
    return { isGood, proof: isGood ? makeProof(own) : makeProof(own, other) };
  });
}

async function expectRight(checks: readonly { proof: string; isGood: boolean }[]): Promise<void> {
  const answers = await Promise.all(checks.map(({ proof }) => signatures.isGood(proof)));
  expect(answers).toEqual(checks.map(({ isGood }) => isGood));
}

describe("ProofSignatures", () => {
  it("tells good from bad, one at a time", async () => {
    for (const check of mixed(6)) await expectRight([check]);
  });

  it.each([2, 3, 4, 5, 9, 60])("tells good from bad among %d at once, each its own answer", async (count) => {
    await expectRight(mixed(count));
    await expectRight(mixed(count));
  });

  it.each([1, 2])("a key that is none counts as bad (%d at once)", async (count) => {
    const head = encode({ jwk: { x: "A".repeat(43), y: "A".repeat(43) } });
    const proof = makeProof({ ...newDevice(), head });
    await expectRight(Array.from({ length: count }, () => ({ proof, isGood: false })));
    await expectRight(Array.from({ length: count }, () => ({ proof: "garbage", isGood: false })));
  });

  it("checks by itself what a thread that ends leaves behind, and what comes after", async () => {
    await expectRight(mixed(4));
    const underWay = expectRight(mixed(40));
    // The messages have gone out by now, the answers have not come.
    await new Promise((resolve) => setImmediate(resolve));
    signatures.close();
    await underWay;
    await expectRight(mixed(8));
  });
});
