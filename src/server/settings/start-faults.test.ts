import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DomainError } from "../../modules/domain-error";
import { SealedKeyError } from "../../modules/tokens";
import { OperatorError } from "../../platform/operator-error";
import { explainKeyFault, explainListenFault, explainStorageFault, makeFolder } from "./start-faults";

describe("explainListenFault", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function listen(port: number, host: string): Promise<unknown> {
    const server = createServer();
    servers.push(server);
    return new Promise((resolve) => {
      server.once("error", resolve);
      server.listen(port, host, () => resolve(server.address()));
    });
  }

  it("names PORT when another program has it", async () => {
    const { port } = (await listen(0, "127.0.0.1")) as { port: number };
    const told = explainListenFault(await listen(port, "127.0.0.1"), { port, host: undefined });
    expect(told).toBeInstanceOf(OperatorError);
    expect(String(told)).toContain(`PORT: another program has ${port}.`);
  });

  it("names HOST when it is not this machine's", async () => {
    for (const host of ["192.0.2.77", "nowhere.invalid"]) {
      expect(String(explainListenFault(await listen(0, host), { port: 1, host }))).toContain(
        `HOST: ${host} `,
      );
    }
  });

  it("leaves alone what it does not know", () => {
    const fault = new Error("another");
    expect(explainListenFault(fault, { port: 1, host: undefined })).toBe(fault);
  });
});

describe("explainStorageFault", () => {
  it("says that the database is locked and what may hold it", () => {
    const cause = Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
    const told = explainStorageFault(new DomainError("temporarily_unavailable", {}, { cause }));
    expect(told).toBeInstanceOf(OperatorError);
    expect(String(told)).toMatch(/DATABASE_URL: .*SQLITE_BUSY.*another program may hold it locked/i);
  });

  it("leaves alone what it does not know", () => {
    for (const fault of [new Error("another"), new DomainError("invalid_request")]) {
      expect(explainStorageFault(fault)).toBe(fault);
    }
  });
});

describe("explainKeyFault", () => {
  it("says which secret is meant and what can be done", () => {
    const told = explainKeyFault(new SealedKeyError("It was sealed with secret 7."));
    expect(told).toBeInstanceOf(OperatorError);
    expect(String(told)).toMatch(/SECRETS: .*secret 7.*put back.*secrets replace/i);
  });

  it("leaves alone what it does not know", () => {
    const fault = new Error("another");
    expect(explainKeyFault(fault)).toBe(fault);
  });
});

describe("makeFolder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "countersign-folder-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("makes what is missing, and leaves what is there", () => {
    makeFolder(path.join(folder, "a", "b"), "DATA_DIR");
    makeFolder(path.join(folder, "a", "b"), "DATA_DIR");
  });

  it("names the setting when a file is in the way", () => {
    const file = path.join(folder, "file");
    writeFileSync(file, "");
    for (const taken of [file, path.join(file, "below")]) {
      expect(() => makeFolder(taken, "DATA_DIR")).toThrow(OperatorError);
      expect(() => makeFolder(taken, "DATA_DIR")).toThrow(`DATA_DIR: ${taken} `);
    }
  });
});
