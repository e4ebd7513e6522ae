import { expect, it } from "vitest";
import type { Answer } from "../service";

declare module "vitest" {
  interface TaskMeta {
    /** What `npm run attack-lab` prints of a test. */
    attack?: { readonly expected: string; readonly observed: string };
  }
}

/**
 * A test that is an attack: it does something that must not succeed and says, in a line for people, what came of it.
 *
 * @param expected what has to come of it, word for word
 * @param run attacks, and says what it observed
 */
export function attack(name: string, expected: string, run: () => Promise<string>): void {
  it(name, async ({ task }) => {
    task.meta.attack = { expected, observed: "it broke off" };
    const observed = await run();
    task.meta.attack = { expected, observed };
    expect(observed).toBe(expected);
  });
}

/** An answer as the table shows it: `404 qr_not_found`, or the status alone. */
export function told({ status, body }: Pick<Answer, "status" | "body">): string {
  const { error } = body as { error?: string | { data?: { reason?: string } } };
  const code = typeof error === "string" ? error : error?.data?.reason;
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** How many answered how: `5 × 404 qr_not_found, 15 × 429 too_many_attempts`, in whichever order they came. */
export function toldOfAll(answers: readonly Pick<Answer, "status" | "body">[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(told(answer), (counts.get(told(answer)) ?? 0) + 1);
  const sorted = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([text, count]) => (count === 1 ? text : `${count} × ${text}`)).join(", ");
}
