import path from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { codeBlocks, readDocument } from "../../helpers/markdown";

const root = path.resolve(import.meta.dirname, "../../..");
const entries: Readonly<Record<string, string>> = {
  "countersign/client": "src/client/index.ts",
  "countersign/react": "src/client/react/index.ts",
  "countersign/node": "src/client/node/index.ts",
  "countersign/verify": "src/verify/index.ts",
  "countersign/verify/trpc": "src/verify/trpc.ts",
};

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile).config,
  ts.sys,
  root,
);
const paths = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, [`./${file}`]]));
const compilerOptions: ts.CompilerOptions = {
  ...options,
  incremental: false,
  noEmit: true,
  // What an example declares is there to be read.
  noUnusedLocals: false,
  paths,
};

/** What each public value shows as its example; undefined where it shows none. */
function examples(): Map<string, string | undefined> {
  const program = ts.createProgram(
    Object.values(entries).map((file) => path.join(root, file)),
    compilerOptions,
  );
  const checker = program.getTypeChecker();
  const found = new Map<string, string | undefined>();
  for (const [entry, file] of Object.entries(entries)) {
    const source = program.getSourceFile(path.join(root, file));
    const index = source && checker.getSymbolAtLocation(source);
    for (const exported of index ? checker.getExportsOfModule(index) : []) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (!(symbol.flags & ts.SymbolFlags.Value)) continue;
      const tag = symbol.getJsDocTags(checker).find(({ name }) => name === "example");
      found.set(`${entry}: ${exported.name}`, tag && ts.displayPartsToString(tag.text));
    }
  }
  return found;
}

/** What the compiler says of texts, each as a module of its own beside the project's sources. */
function complaints(texts: ReadonlyMap<string, string>): string[] {
  const files = new Map(
    [...texts.values()].map((text, index) => [path.join(root, `example-${index}.tsx`), text]),
  );
  const host = ts.createCompilerHost(compilerOptions);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = files.get(file);
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, rest[0]);
  };
  const program = ts.createProgram([...files.keys()], compilerOptions, host);
  return [...files.keys()].flatMap((file, index) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(
        ({ messageText }) =>
          `${[...texts.keys()][index]}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
      ),
  );
}

// Each compiles most of the project.
describe("what the package exports", { timeout: 180_000 }, () => {
  let all: ReadonlyMap<string, string | undefined>;
  beforeAll(() => {
    all = examples();
  }, 180_000);

  it("has an example at each function, class and component", () => {
    expect(all.size).toBeGreaterThan(20);
    expect([...all].filter(([, text]) => text === undefined).map(([name]) => name)).toEqual([]);
  });

  it("shows examples that use what they are about, and that compile as they are", () => {
    const written = new Map([...all].filter((one): one is [string, string] => one[1] !== undefined));
    for (const [name, text] of written) expect(text).toMatch(new RegExp(`\\b${name.split(": ")[1]}\\b`));
    expect(complaints(written)).toEqual([]);
  });

  it("is used rightly by the samples of the README", () => {
    const readme = readDocument("README.md");
    const samples = [...codeBlocks(readme, "tsx"), ...codeBlocks(readme, "ts")];
    expect(samples).toHaveLength(2);
    expect(complaints(new Map(samples.map((text, index) => [`README, sample ${index + 1}`, text])))).toEqual(
      [],
    );
  });

  it("is used rightly by the samples of the guides, each as it stands", () => {
    const samples = new Map<string, string>();
    for (const name of ["use-it-in-a-front-end", "call-from-a-service", "verify-tokens-in-a-service"]) {
      const document = readDocument(`docs/how-to/${name}.md`).replace(/^ {3}/gm, "");
      const written = [...codeBlocks(document, "tsx"), ...codeBlocks(document, "ts")];
      // Express is no package of this project.
      const blocks = written.filter((text) => !text.includes('from "express"'));
      // A form's action is a transition: what useSignIn says would be shown when all is over, and the fields be emptied.
      expect(blocks.filter((text) => text.includes("<form action="))).toEqual([]);
      for (const [index, text] of blocks.entries()) samples.set(`${name}, sample ${index + 1}`, text);
    }
    expect(samples.size).toBeGreaterThan(8);
    expect(complaints(samples)).toEqual([]);
  });

  it("would be found out in an example that does not compile", () => {
    const wrong = 'import { createVerifier } from "countersign/verify";\n\ncreateVerifier({ issuer: 1 });';
    expect(complaints(new Map([["planted", wrong]]))).toEqual([expect.stringContaining("planted: ")]);
  });
});
