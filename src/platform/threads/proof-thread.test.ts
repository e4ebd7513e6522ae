import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ProofThread } from "./proof-thread";

interface Device {
  readonly head: string;
  readonly privateKey: KeyObject;
}

vi.mock("node:worker_threads", { spy: true });

let folder: string;
let file: string;
let signatures: ProofThread;
let faults: unknown[];
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-"));
  file = path.join(folder, "proof-worker.mjs");
  const entryPoints = [path.join(import.meta.dirname, "proof-worker.ts")];
  await build({
    entryPoints,
    outfile: file,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  faults = [];
  signatures = new ProofThread({ file, tellFault: (error) => void faults.push(error) });
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

describe("ProofThread", () => {
  it("checks by itself where there is no bundle", async () => {
    const before = vi.mocked(Worker).mock.calls.length;
    signatures = new ProofThread({ file: undefined, tellFault: (error) => void faults.push(error) });
    await expectRight(mixed(9));
    expect(vi.mocked(Worker).mock.calls.length).toBe(before);
    expect(faults).toEqual([]);
  });

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
    expect(faults).toEqual([]);
  });

  it("checks by itself, and tells why, when the thread fails", async () => {
    await expectRight(mixed(4));
    const thread = vi.mocked(Worker).mock.results.at(-1)?.value as Worker;
    const underWay = expectRight(mixed(4));
    await new Promise((resolve) => setImmediate(resolve));
    const outOfMemory = new Error("ERR_WORKER_OUT_OF_MEMORY");
    thread.emit("error", outOfMemory);
    await thread.terminate();
    await underWay;
    await expectRight(mixed(8));
    expect(faults).toEqual([outOfMemory]);
  });

  it("checks by itself, and asks for none for a while, when the system gives no thread", async () => {
    const refused = new Error("ERR_WORKER_INIT_FAILED");
    class NoThread {
      constructor() {
        throw refused;
      }
    }
    vi.mocked(Worker).mockImplementationOnce(NoThread as never);
    const before = vi.mocked(Worker).mock.calls.length;
    await expectRight(mixed(8));
    await expectRight(mixed(8));
    expect(faults).toEqual([refused]);
    expect(vi.mocked(Worker).mock.calls.length).toBe(before + 1);
  });
});
