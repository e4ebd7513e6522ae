import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, createServer, type Server } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OperatorError } from "../operator-error";
import { ensureLanCertificate, type LanCertificate } from "./lan-certificate";
import { makeServerCertificate } from "./make-certificates";

const DAY_IN_MS = 86_400_000;
const hosts = ["192.168.1.10", "localhost", "127.0.0.1", "::1", "kitchen.local"];

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), "countersign-lan-"));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const file = (name: string) => path.join(dataDir, "lan", name);
const ensure = (changes: { hosts?: readonly string[]; inDays?: number } = {}): Promise<LanCertificate> =>
  ensureLanCertificate({
    dataDir,
    hosts: changes.hosts ?? hosts,
    machine: "kitchen",
    now: new Date(Date.now() + (changes.inDays ?? 0) * DAY_IN_MS),
  });

/** All certificates of a PEM text. */
function parse(pem: string): X509Certificate[] {
  return pem
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter((part) => part !== "")
    .map((part) => new X509Certificate(part));
}

/** Every certificate, beginning with the server's. */
function wholeChain({ chain, root }: LanCertificate) {
  const [server, issuer, top] = parse(chain + root);
  if (!server || !issuer || !top) throw new Error("The chain is not of three.");
  return { server, issuer, root: top };
}

const lifeInDays = ({ validFrom, validTo }: X509Certificate) =>
  (Date.parse(validTo) - Date.parse(validFrom)) / DAY_IN_MS;

describe("ensureLanCertificate", () => {
  it("makes a chain of three", async () => {
    const { server, issuer, root } = wholeChain(await ensure());
    expect(server.checkIssued(issuer) && server.verify(issuer.publicKey)).toBe(true);
    expect(issuer.checkIssued(root) && issuer.verify(root.publicKey)).toBe(true);
    expect(root.checkIssued(root) && root.verify(root.publicKey)).toBe(true);
    expect([server.ca, issuer.ca, root.ca]).toEqual([false, true, true]);
    expect(root.subject).toMatch(/^CN=Countersign on kitchen \(\d{4}-\d\d-\d\d\)$/);
  });

  it("limits the issuer itself, since a client may ignore the limits of a root", async () => {
    const { server, issuer } = wholeChain(await ensure());
    // The identifier of NameConstraints, 2.5.29.30, followed by "critical" (true).
    const nameConstraints = Buffer.from("0603551d1e0101ff", "hex");
    expect([issuer.raw.includes(nameConstraints), server.raw.includes(nameConstraints)]).toEqual([
      true,
      false,
    ]);
  });

  it("names the address and what else leads to the machine", async () => {
    const { server } = wholeChain(await ensure());
    for (const address of ["192.168.1.10", "127.0.0.1", "::1"]) expect(server.checkIP(address)).toBe(address);
    for (const name of ["localhost", "kitchen.local"]) expect(server.checkHost(name)).toBe(name);
    expect(server.checkIP("192.168.1.11")).toBeUndefined();
    expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  });

  it("stays below the lives that phones accept", async () => {
    const before = Date.now();
    const { server, issuer, root } = wholeChain(await ensure());
    expect(lifeInDays(server)).toBeLessThanOrEqual(397);
    expect(lifeInDays(issuer)).toBeLessThanOrEqual(5 * 365 + 1);
    expect(lifeInDays(root)).toBeLessThanOrEqual(5 * 365 + 1);
    expect(Date.parse(server.validFrom)).toBeLessThan(before - 3_000_000);
  });

  it("keeps keys for the owner's eyes, and the root's key nowhere", async () => {
    const { root } = wholeChain(await ensure());
    expect(readdirSync(path.join(dataDir, "lan")).sort()).toEqual(["authority.pem", "server.pem"]);
    expect(statSync(path.join(dataDir, "lan")).mode & 0o777).toBe(0o700);
    for (const name of ["authority.pem", "server.pem"]) {
      expect(statSync(file(name)).mode & 0o777).toBe(0o600);
      const text = readFileSync(file(name), "utf8");
      expect(text.match(/BEGIN PRIVATE KEY/g)).toHaveLength(1);
      expect(root.checkPrivateKey(createPrivateKey(keyIn(text)))).toBe(false);
    }
  });

  it("is the same at the next start", async () => {
    const first = await ensure();
    expect(await ensure()).toEqual(first);
    expect(await ensure({ hosts: hosts.slice(0, 2) })).toEqual(first);
  });

  it("makes a new server certificate for another address, below the same root", async () => {
    const first = await ensure();
    const second = await ensure({ hosts: ["10.0.0.4", ...hosts.slice(1)] });
    expect(second.root).toBe(first.root);
    expect(second.privateKey).not.toBe(first.privateKey);
    expect(wholeChain(second).server.checkIP("10.0.0.4")).toBe("10.0.0.4");
  });

  it("renews the server certificate near its end, and the root near its own", async () => {
    const first = await ensure();
    expect(await ensure({ inDays: 366 })).toEqual(first);
    const renewed = await ensure({ inDays: 368 });
    expect(renewed.chain).not.toBe(first.chain);
    expect(renewed.root).toBe(first.root);
    expect((await ensure({ inDays: 5 * 365 - 32 })).root).toBe(first.root);
    const { server, issuer } = wholeChain(await ensure({ inDays: 5 * 365 - 32 }));
    expect(Date.parse(server.validTo)).toBeLessThanOrEqual(Date.parse(issuer.validTo));
    const fresh = await ensure({ inDays: 5 * 365 - 29 });
    expect(fresh.root).not.toBe(first.root);
    expect(wholeChain(fresh).server.verify(wholeChain(fresh).issuer.publicKey)).toBe(true);
  });

  it("replaces a damaged server certificate, and refuses a damaged authority", async () => {
    const first = await ensure();
    writeFileSync(file("server.pem"), "half a certif");
    expect((await ensure()).root).toBe(first.root);
    writeFileSync(file("authority.pem"), first.root);
    await expect(ensure()).rejects.toThrow(OperatorError);
  });
});

describe("the chain, to someone who trusts the root", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  /** @returns what the TLS client says about the server, when it is asked for `host` */
  async function verdictOn(options: { key: string; cert: string; ca: string; host: string }) {
    const listening = createServer({ key: options.key, cert: options.cert });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as { port: number };
    return new Promise<string>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1", ca: options.ca, servername: options.host }, () => {
        socket.destroy();
        resolve("trusted");
      });
      socket.on("error", (error) => resolve(error.message));
    });
  }

  it("is trusted for its own names, and for no other", async () => {
    const { privateKey: key, chain: cert, root: ca } = await ensure();
    expect(await verdictOn({ key, cert, ca, host: "kitchen.local" })).toBe("trusted");
    expect(await verdictOn({ key, cert, ca, host: "bank.local" })).toContain("does not match certificate");
  });

  it.each([
    ["www.example.com", "www.example.com"],
    ["8.8.8.8", "localhost"],
    ["2001:db8::1", "localhost"],
  ])("is not trusted when its stolen key signs for %s", async (stolen, host) => {
    const { root: ca } = await ensure();
    const text = readFileSync(file("authority.pem"), "utf8");
    const issuer = { certificate: parse(text.split("-----BEGIN PRIVATE KEY")[0] ?? "")[1]?.toString() ?? "" };
    const validity = { notBefore: new Date(Date.now() - 1000), notAfter: new Date(Date.now() + DAY_IN_MS) };
    const forged = await makeServerCertificate({ ...issuer, privateKey: keyIn(text) }, [stolen], validity);
    const cert = forged.certificate + issuer.certificate;
    expect(await verdictOn({ key: forged.privateKey, cert, ca, host })).toBe("permitted subtree violation");
  });
});

function keyIn(text: string) {
  return /-----BEGIN PRIVATE KEY-----[\s\S]+-----END PRIVATE KEY-----\n/.exec(text)?.[0] ?? "";
}
