import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OperatorError } from "./operator-error";
import { requirePrivateFile, requirePrivateFolder } from "./private-places";

const OTHER_USER = 4_321;

let base: string;
let folder: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(path.join(tmpdir(), "countersign-places-")));
  folder = path.join(base, "it's data");
  mkdirSync(folder, { mode: 0o700 });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(base, { recursive: true, force: true });
});

/** What is refused, in words; undefined when it is accepted. */
function refusalOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(OperatorError);
    return (error as Error).message;
  }
}

const isRoot = process.geteuid?.() === 0;
/** Seen by a service that runs as somebody else than who owns the files. */
const asAnother = () => vi.spyOn(process, "geteuid").mockReturnValue(OTHER_USER);

describe("a data folder", () => {
  it.each([0o700, 0o750, 0o755, 0o711])(
    "of mode %o, which only its owner may write to, is accepted",
    (mode) => {
      chmodSync(folder, mode);
      expect(requirePrivateFolder(folder, "DATA_DIR")).toEqual([]);
    },
  );

  it.each([0o770, 0o707, 0o777, 0o1777, 0o2775, 0o720, 0o702])(
    "of mode %o, which others may write to, is refused with the command that fixes it",
    (mode) => {
      chmodSync(folder, mode);
      const refusal = refusalOf(() => requirePrivateFolder(folder, "DATA_DIR"));
      expect(refusal).toContain(
        `DATA_DIR: others may write to ${folder} (mode ${mode.toString(8).padStart(4, "0")})`,
      );
      expect(refusal).toContain(`chmod go-w '${base}/it'\\''s data'`);
      chmodSync(folder, mode & ~0o022);
      expect(requirePrivateFolder(folder, "DATA_DIR")).toEqual([]);
    },
  );

  it("below a folder that everyone may write to is refused, unless that one is sticky like /tmp", () => {
    chmodSync(base, 0o777);
    expect(refusalOf(() => requirePrivateFolder(folder, "DATABASE_URL"))).toContain(`chmod o-w '${base}'`);
    chmodSync(base, 0o1777);
    expect(requirePrivateFolder(folder, "DATABASE_URL")).toEqual([]);
  });

  it("behind a link is looked at where it is, and the link's own folder as well", () => {
    const loose = path.join(base, "loose");
    mkdirSync(loose);
    symlinkSync(folder, path.join(loose, "link"));
    expect(requirePrivateFolder(path.join(loose, "link"), "DATA_DIR")).toEqual([]);
    chmodSync(folder, 0o770);
    expect(refusalOf(() => requirePrivateFolder(path.join(loose, "link"), "DATA_DIR"))).toContain(folder);
    chmodSync(folder, 0o700);
    chmodSync(loose, 0o777);
    expect(refusalOf(() => requirePrivateFolder(path.join(loose, "link"), "DATA_DIR"))).toContain(
      `chmod o-w '${loose}'`,
    );
  });

  it("of another user is refused", () => {
    if (isRoot) chownSync(folder, OTHER_USER + 1, OTHER_USER + 1);
    asAnother();
    expect(refusalOf(() => requirePrivateFolder(folder, "DATA_DIR"))).toMatch(
      /belongs to user \d+, and the service runs as 4321\. .*chown -R 4321/,
    );
  });

  it("of another user is said to be so where root runs the service", () => {
    const { uid } = statSync(folder);
    if (uid === 0) chownSync(folder, OTHER_USER, OTHER_USER);
    vi.spyOn(process, "geteuid").mockReturnValue(0);
    expect(requirePrivateFolder(folder, "DATA_DIR")).toEqual([
      expect.stringMatching(/belongs to user \d+, who may change/),
    ]);
  });

  it("is accepted where there are no users and modes, as on Windows", () => {
    chmodSync(folder, 0o777);
    const { geteuid } = process;
    try {
      Reflect.set(process, "geteuid", undefined);
      expect(requirePrivateFolder(folder, "DATA_DIR")).toEqual([]);
    } finally {
      Reflect.set(process, "geteuid", geteuid);
    }
  });
});

describe("a file in it", () => {
  let file: string;

  beforeEach(() => {
    file = path.join(folder, "secrets");
    writeFileSync(file, "", { mode: 0o600 });
  });

  it("that is not there, or that only its owner may write to, is left as it is", () => {
    expect(requirePrivateFile(path.join(folder, "none"), "DATA_DIR")).toEqual([]);
    chmodSync(file, 0o640);
    expect(requirePrivateFile(file, "DATA_DIR")).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it("of ours that others may write to is corrected, and the log says so", () => {
    chmodSync(file, 0o666);
    expect(requirePrivateFile(file, "DATA_DIR")).toEqual([expect.stringContaining("others could write to")]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("of another user is refused", () => {
    if (isRoot) chownSync(file, OTHER_USER + 1, OTHER_USER + 1);
    asAnother();
    expect(refusalOf(() => requirePrivateFile(file, "DATA_DIR"))).toContain("chown -R 4321");
  });

  it("that is a link is looked at where it leads to", () => {
    const target = path.join(base, "target");
    writeFileSync(target, "", { mode: 0o600 });
    chmodSync(target, 0o622);
    rmSync(file);
    symlinkSync(target, file);
    expect(requirePrivateFile(file, "DATA_DIR")).toHaveLength(1);
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });
});
