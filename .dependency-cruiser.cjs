// The arrows of the house. Each rule is proved by a planted violation in src/scripts/checks/arrows.mjs.

const RUNTIME = { dependencyTypesNot: ["type-only"] };
const GENERATED = "^src/platform/prisma/generated/";
const TESTS = "\\.test(-d)?\\.tsx?$";

/** Everything of ours except the named layers. */
const oursExcept = (...layers) => `^src/(?!(${layers.join("|")})/)`;

/** The rooms of the server, each building on those before it. */
const ROOMS = ["settings", "composition", "request", "endpoints", "faces", "node", "lan", "start"];

/** A room knows nothing of those that build on it. */
const roomRules = ROOMS.slice(0, -1).map((room, place) => ({
  name: `server-${room}-knows-no-later-room`,
  comment: `Within the server: ${ROOMS.toReversed().join(" → ")}.`,
  severity: "error",
  from: { path: `^src/server/${room}/`, pathNot: TESTS },
  to: { path: `^src/server/(${ROOMS.slice(place + 1).join("|")})/` },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "contract-stands-alone",
      comment: "The contract is what both ends of the wire share: it imports zod and itself.",
      severity: "error",
      from: { path: "^src/contract/", pathNot: TESTS },
      to: { pathNot: ["^src/contract/", "^node_modules/zod/"] },
    },
    {
      name: "modules-know-only-the-contract",
      comment: "The domain is framework-free: the world reaches it through its ports.",
      severity: "error",
      from: { path: "^src/modules/", pathNot: TESTS },
      to: { path: oursExcept("modules", "contract") },
    },
    {
      name: "modules-are-framework-free",
      comment: "No framework and no database in the domain.",
      severity: "error",
      from: { path: "^src/modules/", pathNot: TESTS },
      to: {
        path: "^node_modules/(next|react|react-dom|@trpc|@prisma|better-sqlite3|iron-session|next-intl|pino)/",
      },
    },
    {
      name: "modules-meet-through-their-index",
      comment:
        "Another capability is reached through its index.ts; files directly in src/modules are shared.",
      severity: "error",
      from: { path: "^src/modules/([^/]+)/", pathNot: TESTS },
      to: { path: "^src/modules/[^/]+/", pathNot: ["^src/modules/$1/", "^src/modules/[^/]+/index\\.ts$"] },
    },
    {
      name: "the-domain-is-entered-through-its-index",
      comment: "Outside the domain, too, a capability is its index.ts.",
      severity: "error",
      from: { path: "^src/(platform|server|app|cli)/", pathNot: TESTS },
      to: { path: "^src/modules/[^/]+/", pathNot: "^src/modules/[^/]+/index\\.ts$" },
    },
    {
      name: "platform-implements-ports",
      comment: "Platform knows the domain's ports and the contract, never who composes it.",
      severity: "error",
      from: { path: "^src/platform/", pathNot: [TESTS, GENERATED] },
      to: { path: oursExcept("platform", "modules", "contract") },
    },
    {
      name: "only-composition-knows-platform",
      comment: "The server composes the platform; the operator's command does too.",
      severity: "error",
      from: { path: oursExcept("platform", "server", "cli"), pathNot: TESTS },
      to: { path: "^src/platform/" },
    },
    {
      name: "server-knows-no-pages",
      comment: "Pages are built on the server, never the other way round.",
      severity: "error",
      from: { path: "^src/server/", pathNot: TESTS },
      to: { path: "^src/(app|client|cli)/" },
    },
    ...roomRules,
    {
      name: "server-has-rooms-alone",
      comment: "Every file of the server has a place in one of its rooms.",
      severity: "error",
      from: {},
      to: { path: `^src/server/(?!(${ROOMS.join("|")})/)` },
    },
    {
      name: "client-takes-only-types-of-the-server",
      comment: "The client runs in browsers and in other projects: of the server it may know types alone.",
      severity: "error",
      from: { path: "^src/client/", pathNot: TESTS },
      to: { path: "^src/server/", ...RUNTIME },
    },
    {
      name: "client-knows-contract-and-types",
      comment: "The client imports the contract and itself.",
      severity: "error",
      from: { path: "^src/client/", pathNot: TESTS },
      to: { path: oursExcept("client", "contract", "server") },
    },
    {
      name: "verify-stands-alone",
      comment: "Other services take it in: it knows nothing of the service but what is published.",
      severity: "error",
      from: { path: "^src/verify/", pathNot: TESTS },
      to: { path: oursExcept("verify") },
    },
    {
      name: "pages-go-through-the-server",
      comment: "Pages call the server's functions; of the domain they may know types alone.",
      severity: "error",
      from: { path: "^src/app/", pathNot: TESTS },
      to: { path: "^src/modules/", ...RUNTIME },
    },
    {
      name: "nothing-builds-on-commands",
      comment: "Scripts and the operator's command are ends, not beginnings.",
      severity: "error",
      from: { path: "^src/(?!scripts/|cli/)" },
      to: { path: "^src/(scripts|cli)/" },
    },
    {
      name: "no-test-helpers-in-the-product",
      severity: "error",
      from: { path: "^src/", pathNot: TESTS },
      to: { path: "^tests/" },
    },
    {
      name: "no-suite-builds-on-another",
      comment: "What several suites of tests need is a helper.",
      severity: "error",
      from: { path: "^tests/([^/]+)/" },
      to: { path: "^tests/", pathNot: ["^tests/helpers/", "^tests/$1/"] },
    },
    {
      name: "no-part-of-a-suite-builds-on-another",
      comment: "The same within a suite that has parts.",
      severity: "error",
      from: { path: "^tests/(integration|e2e)/([^/]+)/" },
      to: { path: "^tests/$1/[^/]+/", pathNot: "^tests/$1/$2/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: { pathNot: GENERATED },
      to: { circular: true },
    },
    {
      name: "nothing-unresolvable",
      comment: "An import that cannot be found is an arrow that was not checked.",
      severity: "error",
      from: { pathNot: GENERATED },
      to: { couldNotResolve: true, pathNot: "\\.css$" },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", GENERATED] },
    exclude: { path: "\\.css$" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".mts", ".mjs", ".js", ".cjs", ".json", ".d.ts"],
    },
  },
};
