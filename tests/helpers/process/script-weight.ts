import { readFileSync } from "node:fs";
import { get } from "node:http";
import path from "node:path";
import { addUser, type RunningServer } from "./server";

const PAGE = "/sign-in";
const SCRIPT_PATH = /static\/[\w./%~-]+?\.js/g;

/** Bytes on the wire. */
export interface ScriptWeights {
  readonly framework: number;
  readonly ours: number;
  readonly later: number;
}

/**
 * Weighs the scripts of the sign-in page of a service that has no account yet.
 *
 * The framework's own is what `.next/build-manifest.json` lists for every page, an empty one too: the loader, React and
 * Next's router. Whatever else the page names is counted as ours, Next's own smaller parts among it. Scripts that are
 * fetched only when someone needs them are counted apart; those for browsers without modules are not counted.
 */
export async function weighScripts(projectRoot: string, server: RunningServer): Promise<ScriptWeights> {
  const manifest = JSON.parse(readFileSync(manifestOf(projectRoot), "utf8")) as Record<
    string,
    string[] | undefined
  >;
  const ignored = new Set(manifest.polyfillFiles);
  await addUser(server, "bench", "velvet quarry lamp seventeen");
  const page = await download(server.url + PAGE);
  if (page.status !== 200) throw new Error(`the page answered ${page.status}`);
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
  const sum = (names: Iterable<string>) =>
    [...names].reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
  const framework = sum((manifest.rootMainFiles ?? []).filter((name) => atOnce.has(name)));
  return { framework, ours: sum(atOnce) - framework, later: sum(later) };
}

export const manifestOf = (projectRoot: string) =>
  path.join(projectRoot, "dist", "current", ".next", "build-manifest.json");

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
