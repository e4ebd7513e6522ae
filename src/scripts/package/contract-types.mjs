import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { inProject } from "../setup/paths.mjs";

const sources = [
  "administration",
  "assurance",
  "audit",
  "errors",
  "invitation-lists",
  "invitations",
  "passkeys",
  "qr",
  "schemas",
  "second-factor",
  "sign-up",
  "system",
].map((name) => inProject(`src/contract/${name}.ts`));

/**
 * Writes what the types of the contract come to, without the Zod schemas that they are inferred from, so that a user of
 * the package needs no Zod.
 *
 * @param {string} folder gets one `.d.ts` for each file of the contract, with its type aliases
 */
export async function writeContractTypes(folder) {
  const { default: ts } = await import("typescript");
  const { config } = ts.readConfigFile(inProject("tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, inProject());
  const program = ts.createProgram(sources, { ...options, types: [], incremental: false });
  const checker = program.getTypeChecker();
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
  mkdirSync(folder, { recursive: true });
  for (const path of sources) {
    const aliases = program.getSourceFile(path).statements.filter(ts.isTypeAliasDeclaration);
    const lines = aliases.map(({ name }) => {
      const text = checker.typeToString(checker.getTypeAtLocation(name), undefined, flags);
      return `export type ${name.text} = ${text};\n`;
    });
    writeFileSync(join(folder, `${basename(path, ".ts")}.d.ts`), lines.join(""));
  }
}
