/** One breach of each kind. A check that lets its own breach pass does not guard anything. */
export const plantedStopwatches = [
  "const startedAt = performance.now(); await work(); expect(performance.now() - startedAt).toBeLessThan(200);",
  "const startedAt = Date.now(); const tookInMs = Date.now() - startedAt; expect(tookInMs).toBeLessThanOrEqual(200);",
  "const took = []; const at = Date.now(); took.push(Date.now() - at); expect(Math.max(...took)).toBeLessThan(200);",
  "async function wait() { const at = Date.now(); await work(); return Date.now() - at; } expect(await wait()).toBeLessThan(9);",
  "const now = () => Math.floor(Date.now() / 1000); expect(Math.abs(told - now())).toBeLessThan(5);",
  "const at = process.hrtime.bigint(); expect((process.hrtime.bigint() - at) / 1000n).toBeLessThan(5n);",
  "const left = tabs.map(() => Date.now()); const delays = left.map((at) => at - left[0]); for (const delay of delays) expect(delay).toBeLessThan(1_000);",
];

/** What must pass: moments that are compared with each other, waits that have an end, and ratios. */
export const permittedTest = `
const before = Date.now();
const deadline = Date.now() + 30_000;
while (!isOver()) if (Date.now() > deadline) throw new Error("It hangs.");
expect(told).toBeGreaterThanOrEqual(before);
expect(told).toBeLessThanOrEqual(Date.now());
expect(Date.parse(validFrom)).toBeLessThan(Date.now() - 3_000_000);
const times = [1, 2].map(() => { const at = performance.now(); work(); return performance.now() - at; });
const [one, other] = times;
expect(times[0] / times[1]).toBeLessThan(1.4);
expect(Date.now() - before).toBeGreaterThan(450);
expect(calls.length).toBeLessThan(20);
`;
