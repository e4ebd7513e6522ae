import { defineConfig } from "vitest/config";
import { findPrograms } from "./src/scripts/cluster/programs.mjs";

// Two cores are the smallest machine we promise to test on; more workers there only make timing tests lie.
const workers = { maxWorkers: 2 };

// How long something may take says nothing about it on a busy machine: limits are only there to end what hangs.
const polling = { poll: { timeout: 15_000 } };

const storageOnPostgres = "tests/storage/postgres.test.ts";

const hasPostgres = Boolean(process.env.TEST_DATABASE_URL) || findPrograms() !== undefined;
/** Where there is no PostgreSQL, only the one that says so. */
const onPostgres = hasPostgres
  ? [
      storageOnPostgres,
      "tests/postgres/*.test.ts",
      "tests/race/*.test.ts",
      "tests/attack/{captcha,client-credentials,cookies,forward-auth,kept-account,locked-account,one-address,passkey-sign-up,passkeys,phished-session,proofs,qr-*,second-factor*}.test.ts",
      "tests/integration/{imports,invitations,passkeys,second-factor}/*.test.ts",
      "tests/integration/administration/*.test.ts",
      "tests/integration/account/*.test.ts",
      "tests/integration/mail/{recovery,sign-up}.test.ts",
      "tests/integration/{oauth/misuse,limits/known-devices,qr/known-computers}.test.ts",
      "tests/integration/wire/{assurance,nul-in-texts,session-end-audit,sign-in-and-out}.test.ts",
    ]
  : [storageOnPostgres];
/** They start the built service, or look into SQLite's file. */
const onSqliteOnly = [
  "tests/race/{captcha,crash,durability,mail-crash,other-process,passkey-crash,qr-crash,refresh-theft}.test.ts",
  "tests/attack/qr-sessions.test.ts",
  "tests/integration/second-factor/secrets.test.ts",
  "tests/integration/administration/every-operation.test.ts",
];

export default defineConfig({
  test: {
    ...workers,
    passWithNoTests: false,
    projects: [
      {
        test: {
          ...workers,
          name: "unit",
          environment: "node",
          include: ["src/**/*.test.{ts,tsx,mjs}"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: polling,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...workers,
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["tests/types/**/*.test-d.ts"],
            tsconfig: "./tsconfig.json",
          },
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...workers,
          name: "integration",
          environment: "node",
          include: ["tests/{integration,race,attack,storage}/**/*.test.ts"],
          exclude: [storageOnPostgres],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: polling,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...workers,
          name: "postgres",
          environment: "node",
          include: onPostgres,
          exclude: onSqliteOnly,
          globalSetup: ["tests/helpers/postgres/set-up.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: polling,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // After all others: a browser and a server beside it fill a core each. Two files at a time, for they also wait a lot.
        test: {
          ...workers,
          name: "e2e",
          environment: "node",
          include: ["tests/e2e/**/*.test.ts"],
          // Once more where a busy machine's browser lost an event; the report names what needed it.
          retry: process.env.CI === "true" ? 1 : 0,
          testTimeout: 90_000,
          hookTimeout: 120_000,
          expect: polling,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
