/**
 * Loaded before a process of the service: its clock is CLOCK_OFF_IN_MS from the machine's, and at each SIGUSR2 it is set by
 * CLOCK_JUMP_IN_MS. What only measures how long something takes goes on as before.
 */
const { isMainThread } = require("node:worker_threads");

const RealDate = Date;
let offInMs = Number(process.env.CLOCK_OFF_IN_MS ?? 0);
const now = () => RealDate.now() + offInMs;

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});

if (isMainThread)
  process.on("SIGUSR2", () => {
    offInMs += Number(process.env.CLOCK_JUMP_IN_MS ?? 0);
  });
