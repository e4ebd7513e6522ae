import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A folder outside of this project, in which the packed file is installed as anyone would install it. */
export interface Project {
  write(path: string, text: string): void;
  run(path: string, args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  /** @returns what the TypeScript compiler finds wrong with the files and the types they use */
  compile(settings: Readonly<Record<string, unknown>>, files: readonly string[]): Promise<string[]>;
  /** The same for an example with a tsconfig.json of its own. */
  compileFolder(name: string): Promise<string[]>;
  dispose(): void;
}

/** A program that was started. */
export interface Running {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** What the middleware is for, and this project itself does not need. */
const FRAMEWORKS = { "@types/express": "5.0.6", fastify: "5.12.8" };
const EXAMPLES = ["cli", "react", "service"];

/** Builds the package, installs it once for all, and copies the examples in. */
export async function installPackage(): Promise<Project> {
  const packed = await finish(start(process.execPath, [resolve("src/scripts/build-package.mjs")]));
  const folder = mkdtempSync(join(tmpdir(), "countersign-consumer-"));
  const manifest = { private: true, type: "module", dependencies: dependenciesFor(packed) };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
  await finish(start("npm", ["install", ...flags], { cwd: folder }));
  for (const name of EXAMPLES) cpSync(resolve("examples", name), join(folder, name), { recursive: true });
  return {
    write: (path, text) => writeFileSync(join(folder, path), text),
    run: (path, args, env) =>
      start(process.execPath, [join(folder, path), ...args], { cwd: folder, env: { ...bareEnv(), ...env } }),
    async compile(settings, files) {
      const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, ...settings };
      const lib = ["ES2023", "DOM"];
      const target = "ES2023";
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions: { lib, target, types: ["node"], ...compilerOptions }, files }),
      );
      return complaints(folder);
    },
    compileFolder: (name) => complaints(join(folder, name)),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the compiler says of a folder with a tsconfig.json. */
async function complaints(folder: string): Promise<string[]> {
  const tsc = start(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", "."], {
    cwd: folder,
  });
  await tsc.ended;
  // The adapters of tRPC's server speak of packages that it does not bring along.
  return (tsc.stdout() + tsc.stderr())
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("node_modules/@trpc/server/dist/adapters/"));
}

/** What the examples and a TypeScript program with React need, in this project's versions. */
function dependenciesFor(packed: string): Record<string, string> {
  const own = JSON.parse(readFileSync("package.json", "utf8")) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const versions = { ...own.devDependencies, ...own.dependencies };
  const forTypes = ["@types/node", "@types/react", "@trpc/react-query", "@tanstack/react-query", "react"];
  const examples = EXAMPLES.map(
    (name) => JSON.parse(readFileSync(`examples/${name}/package.json`, "utf8")) as Manifest,
  );
  return {
    ...Object.fromEntries(forTypes.map((name) => [name, versions[name] ?? ""])),
    ...Object.assign({}, ...examples.flatMap((one) => [one.devDependencies, one.dependencies])),
    ...FRAMEWORKS,
    countersign: `file:${packed}`,
  };
}

function bareEnv(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NODE_ENV: "production" };
}

/** Our environment, without what `npm test` says about this project. */
function toolEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_local)/.test(name),
  );
  return { ...Object.fromEntries(kept), NODE_ENV: "development" };
}

function start(
  file: string,
  args: readonly string[],
  { cwd = process.cwd(), env = toolEnv() }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Running {
  const child = spawn(file, args, { stdio: "pipe", env, cwd });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done));
  return { process: child, stdout: () => output.stdout, stderr: () => output.stderr, ended };
}

/** @returns what it has printed */
async function finish(running: Running): Promise<string> {
  const code = await running.ended;
  if (code !== 0) throw new Error(`It ended with ${code}: ${running.stdout()}${running.stderr()}`);
  return running.stdout().trim();
}
