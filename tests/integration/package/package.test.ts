import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCountersignClient } from "../../../src/client";
import { codeBlocks, readDocument } from "../../helpers/markdown";
import { installPackage, type Project, type Running } from "../../helpers/package/project";
import { findFreePort } from "../../helpers/process/free-port";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";
import {
  fastifyService,
  frameworks,
  hooks,
  keepCalling,
  signInAndSurviveExpiry,
  wrongNames,
} from "./programs";

const PASSWORD = "a long password of the package";
const INSTALL_TIMEOUT_IN_MS = 240_000;

let project: Project;
let server: RunningServer;

beforeAll(async () => {
  [project, server] = await Promise.all([
    installPackage(),
    // Times in tokens are whole seconds, so the last one may be less than told: short lives would be all edge.
    startServer({ env: { ACCESS_TOKEN_LIFETIME: "4" } }),
  ]);
  await addUser(server, "ada", PASSWORD);
}, INSTALL_TIMEOUT_IN_MS);

afterAll(async () => {
  project.dispose();
  await server.dispose();
});

const env = () => ({ COUNTERSIGN_URL: server.url, COUNTERSIGN_PASSWORD: PASSWORD });

describe("a TypeScript program of another project", () => {
  it.each([
    ["NodeNext", { module: "NodeNext", moduleResolution: "NodeNext" }],
    ["Bundler", { module: "ESNext", moduleResolution: "Bundler" }],
  ])(
    "is checked against the API under %s, and a wrong name is an error",
    async (_name, resolution) => {
      project.write("program.ts", signInAndSurviveExpiry);
      project.write("wrong.ts", wrongNames);
      project.write("hooks.tsx", hooks);
      project.write("keep-calling.ts", keepCalling);
      project.write("frameworks.ts", frameworks);
      const files = [
        "program.ts",
        "keep-calling.ts",
        "wrong.ts",
        "hooks.tsx",
        "frameworks.ts",
        ...writeDocumented(),
      ];
      expect(await project.compile({ ...resolution, jsx: "react-jsx", outDir: "built" }, files)).toEqual([]);
    },
    INSTALL_TIMEOUT_IN_MS,
  );

  it("signs in, and two calls at once survive the end of the access token with one refresh", async () => {
    const program = project.run("built/program.js", [], env());
    expect({ code: await program.ended, error: program.stderr() }).toEqual({ code: 0, error: "" });
    expect(program.stdout()).toBe("ada password 1 1\n");
  });
});

describe("the middleware in Fastify", () => {
  it("answers a preflight request that no route is for, and lets a page of the listed origin read a refusal", async () => {
    project.write("fastify-service.js", fastifyService);
    const program = project.run("fastify-service.js", []);
    expect({ code: await program.ended, error: program.stderr() }).toEqual({ code: 0, error: "" });
    expect(program.stdout()).toBe("204 https://c.example Origin\n401 https://c.example Origin\n");
  });
});

describe("two processes that share their files", () => {
  it("stay one session while both renew its tokens", async () => {
    const first = project.run("built/keep-calling.js", ["1"], env());
    expect({ code: await first.ended, error: first.stderr() }).toEqual({ code: 0, error: "" });
    const both = [1, 2].map(() => project.run("built/keep-calling.js", ["15"], env()));
    for (const program of both) {
      expect({ code: await program.ended, error: program.stderr() }).toEqual({ code: 0, error: "" });
      expect(program.stdout()).toBe(first.stdout());
    }
  });
});

describe("the examples", () => {
  it("take the package from where it is made", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    for (const name of ["cli", "react", "service"]) {
      expect(readFileSync(`examples/${name}/package.json`, "utf8")).toContain(
        `"countersign": "file:../../dist/countersign-${version}.tgz"`,
      );
    }
  });

  it("sign in by a phone, stay signed in past the access token, and call a service that verifies", async () => {
    const port = String(await findFreePort());
    const service = project.run("service/server.js", [], { ...env(), PORT: port });
    const reports = `http://localhost:${port}/reports`;
    const cli = (...args: string[]) =>
      project.run("cli/main.js", args, { ...env(), EXAMPLE_FOLDER: "cli-data" });
    try {
      await until(service, () => service.stdout().includes("Listening"));
      expect((await fetch(reports)).status).toBe(401);

      const first = cli();
      await until(first, () => /type \S+ at/.test(first.stderr()));
      const [, userCode = ""] = /type (\S+) at/.exec(first.stderr()) ?? [];
      await approve(userCode);
      expect(await first.ended).toBe(0);
      expect(first.stdout()).toMatch(/^ada, signed in by qr, session \S+\n$/);

      await sleep(4_100);
      const second = cli();
      expect(await second.ended).toBe(0);
      expect(second.stdout()).toBe(first.stdout());
      expect(second.stderr()).toBe("");

      const call = cli("get", reports);
      await call.ended;
      expect(call.stdout()).toMatch(/^200 \{"reports":\[\],"userId":"[^"]+","roles":\["owner"/);

      const signOut = cli("sign-out");
      await signOut.ended;
      expect(signOut.stdout()).toBe("signed_out\n");
    } finally {
      service.process.kill();
    }
  });
});

describe("the example of a program without a person", () => {
  it("calls the service past the life of several tokens, and goes on after the service was away", async () => {
    const port = String(await findFreePort());
    const origin = `http://localhost:${port}`;
    const options = ["--grants", "client_credentials", "--audience", origin, "--scopes", "reports:read"];
    const { stdout } = await runOperator(server, [
      "client",
      "add",
      "nightly-export",
      "--name",
      "Nightly export",
      ...options,
      "--require-binding",
      "--confidential",
    ]);
    const secret = stdout.trim().split("\t")[1] ?? "";
    const startService = () => project.run("service/server.js", [], { ...env(), PORT: port });
    let service = startService();
    const caller = project.run("service/caller.js", [], {
      ...env(),
      CLIENT_SECRET: secret,
      REPORTS_URL: `${origin}/reports`,
      PAUSE_IN_MS: "500",
    });
    const answers = () =>
      caller.stdout().match(/^200 \{"reports":\[\],"program":"nightly-export"\}$/gm) ?? [];
    try {
      // An access token lives for four seconds here.
      await until(caller, () => answers().length >= 20);
      service.process.kill();
      await service.ended;
      const before = answers().length;
      await until(caller, () => caller.stderr().includes("fetch failed"));
      service = startService();
      await until(caller, () => answers().length > before + 2);
      expect(caller.stdout() + caller.stderr()).not.toContain(secret);
    } finally {
      service.process.kill();
      caller.process.kill();
    }
  });
});

/** What the guides show. @returns the files */
function writeDocumented(): string[] {
  const guides = ["call-from-a-service", "use-it-in-a-front-end", "verify-tokens-in-a-service"];
  return guides.flatMap((guide) =>
    ["ts", "tsx"].flatMap((language) =>
      codeBlocks(readDocument(`docs/how-to/${guide}.md`), language).map((source, index) => {
        const file = `${guide}-${language}-${index}.${language}`;
        project.write(file, `declare const password: string;\n${source}\nexport { password };\n`);
        return file;
      }),
    ),
  );
}

/** What a signed-in phone does after it has scanned. */
async function approve(userCode: string): Promise<void> {
  const phone = createCountersignClient({ url: server.url, delivery: "body" });
  try {
    const account = { username: "ada", password: PASSWORD };
    const issued = await phone.auth.getTicket();
    if (issued.status !== "issued") throw new Error(issued.status);
    const { ticket } = issued;
    const solved = ticket.captcha.required ? await phone.auth.solveCaptcha(ticket) : undefined;
    const captcha = solved?.status === "solved" ? solved.captcha : undefined;
    const outcome = await phone.auth.signInWithPassword({ ...account, ticket, captcha });
    expect(outcome.status).toBe("signed_in");
    const { ticket: approval } = await phone.trpc.qr.scan.mutate({ user_code: userCode });
    await phone.trpc.qr.confirm.mutate({ ticket: approval });
  } finally {
    phone.close();
  }
}

async function until(program: Running, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!isSo()) {
    if (program.process.exitCode !== null || Date.now() > deadline) {
      throw new Error(`It did not come to that: ${program.stdout()}${program.stderr()}`);
    }
    await sleep(50);
  }
}
