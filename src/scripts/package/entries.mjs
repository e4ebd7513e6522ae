/** What the package exports: subpath → source. */
export const entries = {
  client: "src/client/index.ts",
  react: "src/client/react/index.ts",
  node: "src/client/node/index.ts",
  verify: "src/verify/index.ts",
  "verify/trpc": "src/verify/trpc.ts",
};

/** Those that run in browsers. */
export const browserEntries = ["client", "react"];

/** Needed by `countersign/react` alone: a user of React has them already. */
export const optionalPeers = ["@tanstack/react-query", "@trpc/react-query", "react"];
