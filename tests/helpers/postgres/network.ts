import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

const run = (program: string, ...args: readonly string[]) => {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
};

/** A network namespace, which only the administrator of a machine may make. */
export const hasNamespaces = (() => {
  const name = `countersign-${randomBytes(4).toString("hex")}`;
  const { status } = spawnSync("ip", ["netns", "add", name]);
  if (status === 0) run("ip", "netns", "del", name);
  return status === 0;
})();
if (!hasNamespaces)
  console.warn(
    "\nLEFT OUT: no network namespaces here (they need root and iproute2), and no partition by the kernel is tested.\n",
  );

/** A machine of its own as far as the network goes, with two cables to this one. */
export interface Namespace {
  /** Put before a command, it runs there. */
  readonly launcher: readonly string[];
  /** Its own address, for callers. */
  readonly address: string;
  /** This machine's, on the cable for the database. */
  readonly databaseAddress: string;
  /** From which the database is asked. */
  readonly askingAddress: string;
  /** Pulls the cable for the database, and plugs it in again. */
  setCable(isPluggedIn: boolean): void;
  remove(): void;
}

export function makeNamespace(): Namespace {
  const id = randomBytes(3).toString("hex");
  const name = `countersign-${id}`;
  // Addresses that are kept for measurements between networks (RFC 2544).
  const [a, b] = randomBytes(2);
  const prefix = `198.${18 + (Number(a) % 2)}.${b}`;
  const inside = (...args: readonly string[]) => run("ip", "netns", "exec", name, "ip", ...args);
  run("ip", "netns", "add", name);
  for (const [cable, place] of [
    ["c", 0],
    ["d", 4],
  ] as const) {
    run(
      "ip",
      "link",
      "add",
      `${cable}h${id}`,
      "type",
      "veth",
      "peer",
      "name",
      `${cable}n${id}`,
      "netns",
      name,
    );
    run("ip", "address", "add", `${prefix}.${place + 1}/30`, "dev", `${cable}h${id}`);
    run("ip", "link", "set", `${cable}h${id}`, "up");
    inside("address", "add", `${prefix}.${place + 2}/30`, "dev", `${cable}n${id}`);
    inside("link", "set", `${cable}n${id}`, "up");
  }
  inside("link", "set", "lo", "up");
  return {
    launcher: ["ip", "netns", "exec", name],
    address: `${prefix}.2`,
    databaseAddress: `${prefix}.5`,
    askingAddress: `${prefix}.6`,
    setCable: (isPluggedIn) => run("ip", "link", "set", `dh${id}`, isPluggedIn ? "up" : "down"),
    remove() {
      // The cables go with it.
      run("ip", "netns", "del", name);
    },
  };
}
