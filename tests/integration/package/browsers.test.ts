import { readdirSync, readFileSync } from "node:fs";
import { build } from "esbuild";
import { expect, it } from "vitest";

/**
 * Functions that browsers got after those that package.json promises (MDN's compatibility data). Syntax is the build's to
 * bring down; what is called is not.
 */
const younger: readonly (readonly [what: string, since: string, pattern: RegExp])[] = [
  ["AbortSignal.any", "Chrome 116, Firefox 124, Safari 17.4", /\bAbortSignal\s*\.\s*any\s*\(/],
  ["URL.canParse", "Chrome 120, Firefox 115, Safari 17", /\bURL\s*\.\s*canParse\s*\(/],
  ["URL.parse", "Chrome 126, Firefox 126, Safari 18", /\bURL\s*\.\s*parse\s*\(/],
  ["Promise.withResolvers", "Chrome 119, Firefox 121, Safari 17.4", /\bPromise\s*\.\s*withResolvers\s*\(/],
  ["Promise.try", "Chrome 128, Firefox 134, Safari 18.2", /\bPromise\s*\.\s*try\s*\(/],
  ["groupBy", "Chrome 117, Firefox 119, Safari 17.4", /\b(?:Object|Map)\s*\.\s*groupBy\s*\(/],
  ["Array.fromAsync", "Chrome 121, Firefox 115", /\bArray\s*\.\s*fromAsync\s*\(/],
  ["toSorted and the like", "Firefox 115", /\.(?:toSorted|toReversed|toSpliced)\s*\(/],
  ["isWellFormed", "Firefox 119", /\.(?:isWellFormed|toWellFormed)\s*\(/],
  ["Intl.Segmenter", "Firefox 125", /\bIntl\s*\.\s*Segmenter\b/],
  [
    "methods of sets",
    "Chrome 122, Firefox 127, Safari 17",
    /\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\s*\(/,
  ],
  ["Iterator", "Chrome 122, Firefox 131, Safari 18.4", /\bIterator\s*\.\s*(?:from|prototype)\b/],
  [
    "Uint8Array in base64",
    "Chrome 140, Firefox 133, Safari 18.2",
    /\.(?:fromBase64|toBase64|setFromHex)\s*\(/,
  ],
  ["RegExp.escape", "Chrome 136, Firefox 134, Safari 18.2", /\bRegExp\s*\.\s*escape\s*\(/],
  [
    "regular expressions with v",
    "Chrome 112, Firefox 116, Safari 17",
    /\]\/[dgimsuy]*v|\bRegExp\([^)]*, *"[a-z]*v[a-z]*"/,
  ],
  ["a loop over a stream", "Chrome 124, no Safari", /for await \([^)]*\.body\b/],
  ["ReadableStream.from", "no Chrome, no Safari", /\bReadableStream\s*\.\s*from\s*\(/],
  ["requestIdleCallback", "no Safari", /\brequestIdleCallback\s*\(/],
  ["checkVisibility", "Safari 17.4", /\.checkVisibility\s*\(/],
  ["startViewTransition", "Firefox 144, Safari 18", /\.startViewTransition\s*\(/],
  ["scheduler", "no Safari", /\bscheduler\s*\.\s*(?:yield|postTask)\s*\(/],
];

/** Libraries ask first whether it is there, and have another way. */
const guards =
  /if \(Uint8Array\.(?:prototype\.toBase64|fromBase64)\)[^;]*;|if \(Uint8Array\.(?:prototype\.toBase64|fromBase64)\) \{[^}]*\}/g;

const found = (text: string) => {
  const unguarded = text.replace(guards, "");
  return younger
    .filter(([, , pattern]) => pattern.test(unguarded))
    .map(([what, since]) => `${what} (${since})`);
};

it("the client with all that it is made of calls nothing that the promised browsers lack", async () => {
  const { outputFiles } = await build({
    entryPoints: ["src/client/index.ts", "src/client/react/index.ts", "src/client/pow/index.ts"],
    outdir: "unused",
    bundle: true,
    write: false,
    format: "esm",
    splitting: true,
    platform: "browser",
    target: JSON.parse(readFileSync("package.json", "utf8")).browserslist.map((entry: string) =>
      entry.replace("ios_saf", "ios").replace(" ", ""),
    ),
    legalComments: "none",
    external: ["react", "react-dom"],
  });
  expect(outputFiles.length).toBeGreaterThan(3);
  expect(outputFiles.flatMap(({ text }) => found(text))).toEqual([]);
});

it("nor do the pages' own scripts", () => {
  const files = ["src/app", "src/contract"]
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => `${folder}/${String(file)}`))
    .filter((file) => /\.tsx?$/.test(file) && !file.includes(".test."));
  expect(files.length).toBeGreaterThan(100);
  const calls = files.flatMap((file) => found(readFileSync(file, "utf8")).map((what) => `${file}: ${what}`));
  expect(calls).toEqual([]);
});

it("would notice one", () => {
  for (const call of [
    "AbortSignal.any([a])",
    "URL.canParse(text)",
    "list.toSorted()",
    "Promise.withResolvers()",
    "for await (const chunk of response.body)",
    "text.replace(/[a--b]/v, '')",
  ]) {
    expect(found(call), call).toHaveLength(1);
  }
});

it("the documents name the browsers that the builds are made for", () => {
  const { browserslist } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(browserslist).toEqual(["chrome 111", "edge 111", "firefox 111", "safari 16.4", "ios_saf 16.4"]);
  const text = readFileSync("docs/reference/package.md", "utf8");
  expect(text).toContain(
    "Chrome, Edge and Firefox from version 111 on, and in Safari and all browsers on iPhone and iPad from version 16.4 on",
  );
});
