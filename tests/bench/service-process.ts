/**
 * The measured service: its own composition and its own HTTP server, without the pages, in a process of its own.
 *
 * What the measurements need besides requests (sessions without a sign-in, memory after collection, hashing without a
 * service around it) comes over the channel between parent and child, so that no address answers it.
 */

import { generateKeyPairSync, sign, verify } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createPasswordHasher } from "../../src/modules/passwords";
import type { IssuedTokens } from "../../src/modules/sessions";
import { type Container, createContainer, migrationsDirOf } from "../../src/server/composition/container";
import { createApi } from "../../src/server/faces/api";
import { createNodeServer } from "../../src/server/node/node-server";
import { readEnvironment } from "../../src/server/settings/environment";
import { countStatements, type StatementCount } from "../helpers/statement-count";
import { measuredFaces } from "./checked-time";

/** What the parent may ask, and what it is answered. */
export interface Exchanges {
  /** Makes an account. */
  account: { input: { username: string; password: string }; output: { id: string } };
  /** Opens a session of an account; null: bearer. */
  session: { input: { userId: string; keyThumbprint: string | null }; output: IssuedTokens };
  /** Verifies one password so many times with the service's own hasher: same parameters, same parallelism. */
  hash: { input: { count: number }; output: { durationInMs: number } };
  /** Verifies so many ES256 signatures, one after another on the event loop. */
  verify: { input: { count: number }; output: { durationInMs: number } };
  /** Runs the sweep of sessions so many times. */
  sweep: { input: { count: number }; output: { durationInMs: number } };
  /** CPU time of the whole process so far. */
  cpu: { input: Record<string, never>; output: { cpuInMs: number } };
  /** Memory in use after collection. */
  memory: { input: Record<string, never>; output: { usedInBytes: number; residentInBytes: number } };
  /** What the database was asked since this was asked first. */
  statements: { input: Record<string, never>; output: StatementCount };
}

export type Question = {
  [Name in keyof Exchanges]: { id: number; name: Name; input: Exchanges[Name]["input"] };
}[keyof Exchanges];

export type Reply = { id: number } & ({ output: unknown } | { error: string });

/** Runs until the channel to the parent closes, so that it cannot outlive the measurements. */
export async function runService(projectRoot: string): Promise<void> {
  const environment = readEnvironment(process.env);
  const container = await createContainer(environment, {
    migrationsDir: migrationsDirOf(projectRoot),
    threadsDir: join(projectRoot, "dist"),
  });
  const server = createNodeServer(container, createApi(container, measuredFaces), (_request, response) => {
    response.writeHead(404).end();
  });
  // On a busy machine a connection waits long for its turn, and is not idle for that.
  server.keepAliveTimeout = 0;
  server.listen(environment.port, "127.0.0.1");
  await once(server, "listening");
  const hasher = createPasswordHasher();
  process.on("message", (question: Question) => {
    reply(container, hasher, question)
      .then((output) => process.send?.({ id: question.id, output } satisfies Reply))
      .catch((error: unknown) => process.send?.({ id: question.id, error: String(error) } satisfies Reply));
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ id: 0, output: (server.address() as AddressInfo).port } satisfies Reply);
}

let readStatementCount: (() => StatementCount) | undefined;

async function reply(
  container: Container,
  hasher: ReturnType<typeof createPasswordHasher>,
  { name, input }: Question,
): Promise<unknown> {
  switch (name) {
    case "account":
      return { id: (await container.accounts.create(input)).id };
    case "session":
      return container.sessions.create({
        user: { id: input.userId, username: "ada", displayName: "Ada", roles: ["user"] },
        clientId: "countersign",
        method: "password",
        factors: ["pwd"],
        keyThumbprint: input.keyThumbprint,
        device: { browser: null, os: null },
        address: "127.0.0.1",
      });
    case "hash":
      return { durationInMs: await timeHashing(hasher, input.count) };
    case "verify":
      return { durationInMs: timeVerifying(input.count) };
    case "sweep": {
      const startInMs = performance.now();
      for (let run = 0; run < input.count; run += 1) await container.sessions.sweep(new Date());
      return { durationInMs: performance.now() - startInMs };
    }
    case "cpu": {
      const { user, system } = process.cpuUsage();
      return { cpuInMs: (user + system) / 1000 };
    }
    case "memory":
      return memoryAfterCollection();
    case "statements":
      // Only from here on, so that what never asks is not slowed.
      readStatementCount ??= countStatements();
      return readStatementCount();
  }
}

function timeVerifying(count: number): number {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signed = Buffer.alloc(69, 1);
  const signature = sign("sha256", signed, privateKey);
  const startInMs = performance.now();
  for (let done = 0; done < count; done += 1) {
    if (!verify("sha256", signed, publicKey, signature)) throw new Error("a signature of ours is not good");
  }
  return performance.now() - startInMs;
}

async function timeHashing(hasher: ReturnType<typeof createPasswordHasher>, count: number): Promise<number> {
  const password = "velvet quarry lamp seventeen";
  const phc = await hasher.hash(password);
  const startInMs = performance.now();
  await Promise.all(Array.from({ length: count }, () => hasher.verify(phc, password)));
  return performance.now() - startInMs;
}

async function memoryAfterCollection(): Promise<Exchanges["memory"]["output"]> {
  if (!globalThis.gc) throw new Error("started without --expose-gc");
  // Finalizers run between collections, and what they let go of is found by the next.
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { usedInBytes: heapUsed + external, residentInBytes: rss };
}
