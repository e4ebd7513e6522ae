import { readFileSync } from "node:fs";
import path from "node:path";
import type { StorageFacts } from "../../platform/storage/database";
import type { Foundation } from "./foundation";
import type { MailParts } from "./mail";

interface SystemState {
  readonly version: string;
  readonly storage: StorageFacts;
  readonly sweptAt: Date | null;
  readonly mail: {
    readonly isEnabled: boolean;
    readonly waiting: number;
    readonly oldestSince: Date | null;
    readonly lastFailure: { readonly at: Date; readonly reason: string } | null;
  };
}

/** What the installation is like, for those who look after it. */
export interface System {
  look(): Promise<SystemState>;
}

export function composeSystem(
  { database, history, stores, clock }: Foundation,
  { sender }: MailParts,
  migrationsDir: string,
): System {
  const version = versionOf(migrationsDir);
  return {
    async look() {
      const [storage, sweptAt, queue] = await Promise.all([
        database.facts(),
        history.sweptAt(),
        stores.mails.queue(clock.now()),
      ]);
      const lastFailure = sender?.lastFailure ?? null;
      return { version, storage, sweptAt, mail: { isEnabled: sender !== undefined, ...queue, lastFailure } };
    },
  };
}

/** The package is where the migrations are, built or not. */
function versionOf(migrationsDir: string): string {
  try {
    const text = readFileSync(path.join(migrationsDir, "..", "..", "package.json"), "utf8");
    return String((JSON.parse(text) as { version?: unknown }).version ?? "unknown");
  } catch {
    return "unknown";
  }
}
