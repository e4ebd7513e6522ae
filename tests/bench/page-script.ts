/** How much script the sign-in page makes a browser load, compressed as the service sends it. */
import { existsSync } from "node:fs";
import { manifestOf, type ScriptWeights, weighScripts } from "../helpers/process/script-weight";
import { startServer } from "../helpers/process/server";
import type { Row } from "./report";

export async function measurePageScript(projectRoot: string): Promise<Row[]> {
  if (!existsSync(manifestOf(projectRoot))) return [notMeasured("the pages are not built")];
  const server = await startServer({ env: { CAPTCHA: "off", LOG_LEVEL: "error" } });
  try {
    return toRows(await weighScripts(projectRoot, server));
  } catch (error) {
    return [notMeasured(error instanceof Error ? error.message : "")];
  } finally {
    await server.dispose();
  }
}

function toRows({ framework, ours, later }: ScriptWeights): Row[] {
  const row = (figure: string, bytes: number, spread: string): Row => ({
    figure,
    measured: `${(bytes / 1000).toFixed(1)} kB`,
    spread,
    byCpu: "",
    target: "",
    verdict: "",
  });
  return [
    row(
      "script of the sign-in page above the framework's own, compressed",
      ours,
      `framework ${(framework / 1000).toFixed(1)} kB`,
    ),
    row("script that it may fetch later, when needed", later, ""),
  ];
}

function notMeasured(why: string): Row {
  return {
    figure: "script of the sign-in page above the framework's own",
    measured: "not measured",
    spread: why,
    byCpu: "",
    target: "",
    verdict: "not measured",
  };
}
