/**
 * One breach of each rule, as a small tree of sources. A rule that lets its own breach pass does not guard anything.
 *
 * `at` is the file that must be reported under `rule`. Every other file of the tree must be reported under nothing.
 */
export const plantedViolations = [
  {
    rule: "contract-stands-alone",
    at: "src/contract/planted.ts",
    files: { "src/contract/planted.ts": 'export * from "../modules/alpha";' },
  },
  {
    rule: "modules-know-only-the-contract",
    at: "src/modules/alpha/upwards.ts",
    files: {
      "src/modules/alpha/upwards.ts":
        'import type { S } from "../../server/request/good"; export type T = S;',
    },
  },
  {
    rule: "modules-are-framework-free",
    at: "src/modules/alpha/framework.ts",
    files: { "src/modules/alpha/framework.ts": 'import next from "next"; export const n = next;' },
  },
  {
    rule: "modules-meet-through-their-index",
    at: "src/modules/alpha/sideways.ts",
    files: {
      "src/modules/alpha/sideways.ts": 'import { inner } from "../beta/inner"; export const i = inner;',
    },
  },
  {
    rule: "the-domain-is-entered-through-its-index",
    at: "src/server/request/deep.ts",
    files: {
      "src/server/request/deep.ts":
        'import { inner } from "../../modules/beta/inner"; export const i = inner;',
    },
  },
  {
    rule: "platform-implements-ports",
    at: "src/platform/upwards.ts",
    files: {
      "src/platform/upwards.ts": 'import type { S } from "../server/request/good"; export type T = S;',
    },
  },
  {
    rule: "only-composition-knows-platform",
    at: "src/app/platform.ts",
    files: { "src/app/platform.ts": 'import { store } from "../platform/good"; export const s = store;' },
  },
  {
    rule: "server-knows-no-pages",
    at: "src/server/request/pages.ts",
    files: { "src/server/request/pages.ts": 'import { page } from "../../app/good"; export const p = page;' },
  },
  {
    rule: "server-has-rooms-alone",
    at: "src/server/request/upstairs.ts",
    files: {
      "src/server/request/upstairs.ts": 'import { attic } from "../attic"; export const a = attic;',
      "src/server/attic.ts": "export const attic = 1;",
    },
  },
  ...[
    ["settings", "composition"],
    ["composition", "request"],
    ["request", "endpoints"],
    ["endpoints", "faces"],
    ["faces", "node"],
    ["node", "lan"],
    ["lan", "start"],
  ].map(([room, later]) => ({
    rule: `server-${room}-knows-no-later-room`,
    at: `src/server/${room}/ahead.ts`,
    files: {
      [`src/server/${room}/ahead.ts`]: `import type { S } from "../${later}/behind"; export type T = S;`,
      [`src/server/${later}/behind.ts`]: "export type S = 1;",
    },
  })),
  {
    rule: "verify-stands-alone",
    at: "src/verify/planted.ts",
    files: { "src/verify/planted.ts": 'import type { S } from "../server/request/good"; export type T = S;' },
  },
  {
    rule: "client-takes-only-types-of-the-server",
    at: "src/client/runtime.ts",
    files: {
      "src/client/runtime.ts": 'import { server } from "../server/request/good"; export const s = server;',
    },
  },
  {
    rule: "client-knows-contract-and-types",
    at: "src/client/domain.ts",
    files: { "src/client/domain.ts": 'import type { A } from "../modules/alpha"; export type B = A;' },
  },
  {
    rule: "pages-go-through-the-server",
    at: "src/app/domain.ts",
    files: { "src/app/domain.ts": 'import { alpha } from "../modules/alpha"; export const a = alpha;' },
  },
  {
    rule: "nothing-builds-on-commands",
    at: "src/server/request/command.ts",
    files: {
      "src/server/request/command.ts": 'import { main } from "../../cli/good"; export const m = main;',
    },
  },
  {
    rule: "no-test-helpers-in-the-product",
    at: "src/server/request/helped.ts",
    files: {
      "src/server/request/helped.ts": 'import { help } from "../../../tests/help"; export const h = help;',
      "tests/help.ts": "export const help = 1;",
    },
  },
  {
    rule: "no-suite-builds-on-another",
    at: "tests/race/borrows.test.ts",
    files: {
      "tests/race/borrows.test.ts": 'import { step } from "../integration/qr/steps"; export const s = step;',
      "tests/integration/qr/steps.ts": "export const step = 1;",
    },
  },
  {
    rule: "no-suite-builds-on-another",
    at: "tests/helpers/borrows.ts",
    files: {
      "tests/helpers/borrows.ts": 'import { step } from "../bench/steps"; export const s = step;',
      "tests/bench/steps.ts": "export const step = 1;",
    },
  },
  {
    rule: "no-part-of-a-suite-builds-on-another",
    at: "tests/integration/oauth/borrows.ts",
    files: {
      "tests/integration/oauth/borrows.ts": 'import { step } from "../qr/others"; export const s = step;',
      "tests/integration/qr/others.ts": "export const step = 1;",
    },
  },
  {
    rule: "no-cycles",
    // Reported once a cycle, at its first file.
    at: "src/contract/about.ts",
    files: {
      "src/contract/round.ts": 'import { b } from "./about"; export const a = () => b;',
      "src/contract/about.ts": 'import { a } from "./round"; export const b = () => a;',
    },
  },
  {
    rule: "no-cycles",
    at: "src/contract/kind.ts",
    files: {
      "src/contract/kinds.ts": 'import type { B } from "./kind"; export type A = B[];',
      "src/contract/kind.ts": 'import type { A } from "./kinds"; export type B = A | 1;',
    },
  },
  {
    rule: "nothing-unresolvable",
    at: "src/server/request/lost.ts",
    files: { "src/server/request/lost.ts": 'import { gone } from "./gone"; export const g = gone;' },
  },
  {
    rule: "browser-code-stays-out-of-the-server",
    at: "src/app/button.tsx",
    files: {
      "src/app/button.tsx": '"use client";\nimport { between } from "./between"; export const b = between;',
      "src/app/between.ts": 'import { server } from "../server/request/good"; export const between = server;',
    },
  },
  {
    rule: "browser-code-stays-out-of-the-server",
    at: "src/app/native.tsx",
    files: {
      "src/app/native.tsx":
        '"use client";\nimport { readFileSync } from "node:fs"; export const r = readFileSync;',
    },
  },
];

/** What the rules must let pass: each layer using exactly what it may. */
export const permittedSources = {
  "src/contract/good.ts": 'import { z } from "zod"; export const name = z;',
  "src/modules/shared.ts": "export const shared = 1;",
  "src/modules/alpha/index.ts":
    'import { beta } from "../beta"; import { shared } from "../shared"; import { name } from "../../contract/good"; export const alpha = [beta, shared, name]; export type A = typeof alpha;',
  "src/modules/beta/index.ts": 'export { inner as beta } from "./inner";',
  "src/modules/beta/inner.ts": "export const inner = 1;",
  "src/platform/good.ts": 'import { alpha } from "../modules/alpha"; export const store = alpha;',
  "src/server/request/good.ts":
    'import { store } from "../../platform/good"; import { alpha } from "../../modules/alpha"; export const server = [store, alpha]; export type S = typeof server;',
  "src/cli/good.ts":
    'import { store } from "../platform/good"; import { server } from "../server/request/good"; export const main = [store, server];',
  "src/client/good.ts":
    'import type { S } from "../server/request/good"; import { name } from "../contract/good"; export const client = (s: S) => [s, name];',
  "src/app/good.ts":
    'import { server } from "../server/request/good"; import { client } from "../client/good"; export const page = [server, client];',
  "src/app/typed.tsx":
    '"use client";\nimport type { S } from "../server/request/good"; import { client } from "../client/good"; export const t = (s: S) => client(s);',
  "node_modules/zod/package.json": '{ "name": "zod", "main": "index.js" }',
  "node_modules/zod/index.js": "exports.z = 1;",
  "node_modules/next/package.json": '{ "name": "next", "main": "index.js" }',
  "node_modules/next/index.js": "module.exports = 1;",
};
