import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { inProject } from "./paths.mjs";

function startOn(version) {
  const pretend = `Object.defineProperty(process, "versions", { value: { node: "${version}" } })`;
  const source = `${pretend}; require(${JSON.stringify(inProject("src/scripts/setup/node-version.cjs"))})`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", source], { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

it.each(["12.22.12", "18.20.8", "20.18.3"])(
  "Node %s gets one sentence that says it is too old",
  (version) => {
    expect(startOn(version)).toEqual({
      status: 1,
      output: `Countersign needs Node 22.14 or newer, or 20.19; this is ${version}. See https://nodejs.org.\n`,
    });
  },
);

it.each(["20.19.0", "22.14.0", "26.10.0"])("Node %s may start", (version) => {
  expect(startOn(version)).toEqual({ status: 0, output: "" });
});
