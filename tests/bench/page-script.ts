/** How much script the sign-in page makes a browser load, compressed as the service sends it. */
import { existsSync, readFileSync } from "node:fs";
import { get } from "node:http";
import path from "node:path";
import { addUser, startServer } from "../helpers/process/server";
import type { Row } from "./report";

const PAGE = "/sign-in";
const SCRIPT_PATH = /static\/[\w./%~-]+?\.js/g;

/**
 * The framework's own is what `.next/build-manifest.json` lists for every page, an empty one too: the loader, React and
 * Next's router. Whatever else the page names is counted as ours, Next's own smaller parts among it. Scripts that are
 * fetched only when someone needs them are counted apart; those for browsers without modules are not counted.
 */
export async function measurePageScript(projectRoot: string): Promise<Row[]> {
  const manifestFile = path.join(projectRoot, "dist", "current", ".next", "build-manifest.json");
  if (!existsSync(manifestFile)) return [notMeasured("the pages are not built")];
  const manifest = JSON.parse(readFileSync(manifestFile, "utf8")) as Record<string, string[] | undefined>;
  const framework = new Set(manifest.rootMainFiles);
  const ignored = new Set(manifest.polyfillFiles);
  const server = await startServer({ env: { CAPTCHA: "off", LOG_LEVEL: "error" } });
  try {
    await addUser(server, "bench", "velvet quarry lamp seventeen");
    const page = await download(server.url + PAGE);
    if (page.status !== 200) return [notMeasured(`the page answered ${page.status}`)];
    const atOnce = new Set(namesIn(page.text).filter((name) => !ignored.has(name)));
    const sizes = new Map<string, number>();
    const later = new Set<string>();
    for (const names of [atOnce, later]) {
      // Grows while it is walked: what a script names can itself name more.
      for (const name of names) {
        const script = await download(`${server.url}/_next/${name}`);
        if (script.status !== 200) continue;
        sizes.set(name, script.bytesOnWire);
        for (const named of namesIn(script.text))
          if (!atOnce.has(named) && !ignored.has(named)) later.add(named);
      }
    }
    return toRows(sizes, { framework, atOnce, later });
  } finally {
    await server.dispose();
  }
}

function toRows(
  sizes: ReadonlyMap<string, number>,
  sets: { framework: ReadonlySet<string>; atOnce: ReadonlySet<string>; later: ReadonlySet<string> },
): Row[] {
  const sum = (names: Iterable<string>) =>
    [...names].reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
  const ours = [...sets.atOnce].filter((name) => !sets.framework.has(name));
  const frameworkShare = sum(sets.atOnce) - sum(ours);
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
      sum(ours),
      `framework ${(frameworkShare / 1000).toFixed(1)} kB`,
    ),
    row("script that it may fetch later, when needed", sum(sets.later), ""),
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

function namesIn(text: string): string[] {
  return [...text.matchAll(SCRIPT_PATH)].map(([name]) => name);
}

/** Downloads as a browser would, and counts the bytes of the body before they are unpacked. */
async function download(address: string): Promise<{ status: number; bytesOnWire: number; text: string }> {
  const bytesOnWire = await new Promise<number>((done, fail) => {
    get(address, { headers: { "accept-encoding": "gzip" } }, (response) => {
      let length = 0;
      response.on("data", (chunk: Buffer) => {
        length += chunk.length;
      });
      response.on("end", () => done(length));
      response.on("error", fail);
    }).on("error", fail);
  });
  const response = await fetch(address, { redirect: "manual" });
  return { status: response.status, bytesOnWire, text: await response.text() };
}
