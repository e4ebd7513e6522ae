import { hash as hashArgon2 } from "@node-rs/argon2";
import { describe, expect, it } from "vitest";
import { createPasswordHasher } from "../password-hasher";
import { faultOf } from "./foreign-hash";
import { type FirebaseProject, firebaseHash, fromBase64, readForeignHash } from "./read-hash";
import { readStoredForm, toStoredForm } from "./stored-form";

const PASSWORD = "velvet quarry lamp seventeen";
const SALT = Buffer.from("salt of sixteen!");
const hasher = createPasswordHasher();

/** Signs in with a hash as the source has written it: through the form that is stored. */
async function verify(written: string, password: string): Promise<boolean> {
  const hash = readForeignHash(written);
  if (!hash) throw new Error(`not read: ${written}`);
  expect(faultOf(hash)).toBeUndefined();
  const stored = toStoredForm(hash);
  expect(hasher.needsRehash(stored)).toBe(true);
  return hasher.verify(stored, password);
}

/** The parameters of the example that Firebase publishes with its scrypt. */
const project: FirebaseProject = {
  signerKey: fromBase64(
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
  ),
  separator: fromBase64("Bw=="),
  ...{ blockSize: 8, logN: 14, lanes: 1 },
};

describe("a hash that another program has made", () => {
  it.each([
    ["bcryptjs 3.0.3", "$2b$04$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2"],
    ["PHP, whose bcrypt is 2y", "$2y$04$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2"],
    ["GoTrue, whose bcrypt is 2a", "$2a$04$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2"],
    ["Spring Security", "{bcrypt}$2a$04$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2"],
    [
      "Python's hashlib: scrypt",
      "$scrypt$ln=4,r=8,p=1$c2FsdCBvZiBzaXh0ZWVuIQ$DyT8e4Ivh60AIdwbXOgbujGkhl6p/t57MaFS53nNZ2E",
    ],
    [
      "Python's hashlib: PBKDF2 with SHA-1",
      "$pbkdf2-sha1$i=1000$c2FsdCBvZiBzaXh0ZWVuIQ$3US1hg+AbsXY5vXjlnCaGwVkVr2OwEKMc4CGuqucfl87jHGH7NKQMiVLBpLzxOFTbt5hyOJaLnFsfqbpr9yblQ",
    ],
    [
      "passlib: PBKDF2 with SHA-256",
      "$pbkdf2-sha256$27500$c2FsdCBvZiBzaXh0ZWVuIQ$/4dqOstAIVu9mpVxrbNPGe5/nuIB3ZcBQEDQ0IL7/QM",
    ],
    ["Django", "pbkdf2_sha256$27500$salt of sixteen!$/4dqOstAIVu9mpVxrbNPGe5/nuIB3ZcBQEDQ0IL7/QM="],
    [
      "Python's hashlib: PBKDF2 with SHA-512",
      "$pbkdf2-sha512$i=210000$c2FsdCBvZiBzaXh0ZWVuIQ$+mjs9NRVTQB2SPTZlV0PN0oxy8jcreEQmGL4Hq6oTRM+ThV3NS63Eg5rFeqYYproIYnuGi7IC8CCCRzu+3MxNA",
    ],
  ])("is verified with the right password and with no other: %s", async (_, written) => {
    expect(await verify(written, PASSWORD)).toBe(true);
    for (const wrong of [`${PASSWORD} `, PASSWORD.toUpperCase(), ""]) {
      expect(await verify(written, wrong)).toBe(false);
    }
  });

  it.each([0, 1, 2])(
    "is verified when it is argon2 of type %i, of the password as it was typed",
    async (algorithm) => {
      const written = await hashArgon2("ﬁne", { algorithm, memoryCost: 64, timeCost: 1, parallelism: 2 });
      expect(await verify(written, "ﬁne")).toBe(true);
      // NFKC makes these two one: it is the form of our own hashes, and not of this one.
      expect(await verify(written, "fine")).toBe(false);
    },
  );

  it("is verified when it is Firebase's scrypt, and the signer key is not in what is stored", async () => {
    const stored = firebaseHash(
      project,
      fromBase64("42xEC+ixf3L2lw=="),
      fromBase64("lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="),
    );
    if (!stored) throw new Error("not read");
    expect(await hasher.verify(toStoredForm(stored), "user1password")).toBe(true);
    expect(await hasher.verify(toStoredForm(stored), "user2password")).toBe(false);
    expect(toStoredForm(stored)).not.toContain(project.signerKey.toString("base64").replace(/=+$/, ""));
    const other = { ...project, signerKey: Buffer.alloc(32) };
    expect(firebaseHash(other, SALT, Buffer.alloc(64))).toBeUndefined();
  });

  it("is verified when GoTrue has taken it from Firebase", async () => {
    const key = project.signerKey.toString("base64");
    const written = `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=${key}$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==`;
    expect(await verify(written, "user1password")).toBe(true);
  });

  it("of bcrypt counts the first 72 bytes, as it did where it was made, and the accent's bytes among them", async () => {
    const written = "$2b$04$PslVmY8styB9Tn7ft3tm0Otrg9iznDIG64s4wUq9v5fzJiTp4YNsC";
    expect(await verify(written, "y".repeat(72))).toBe(true);
    expect(await verify(written, `${"y".repeat(72)} and other`)).toBe(true);
    expect(await verify(written, "y".repeat(71))).toBe(false);
    expect(await verify(written, `é${"y".repeat(71)}`)).toBe(false);
  });
});

describe("a hash that asks for too much, or for nothing", () => {
  const salt = "c2FsdCBvZiBzaXh0ZWVuIQ";
  const digest = "DyT8e4Ivh60AIdwbXOgbujGkhl6p/t57MaFS53nNZ2E";
  it.each([
    ["bcrypt of cost 31", "$2b$31$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2"],
    ["bcrypt of cost 3", "$2b$03$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2"],
    ["scrypt with N of 2^30", `$scrypt$ln=30,r=8,p=1$${salt}$${digest}`],
    ["scrypt with N of 2^9999999999", `$scrypt$ln=9999999999,r=1,p=1$${salt}$${digest}`],
    ["scrypt with N of 1", `$scrypt$ln=0,r=8,p=1$${salt}$${digest}`],
    ["scrypt with large blocks", `$scrypt$ln=1,r=1000000,p=1$${salt}$${digest}`],
    ["scrypt with many lanes", `$scrypt$ln=14,r=8,p=17$${salt}$${digest}`],
    ["scrypt with little memory and much work", `$scrypt$ln=15,r=8,p=16$${salt}$${digest}`],
    ["PBKDF2 of a thousand million iterations", `$pbkdf2-sha256$i=1000000000$${salt}$${digest}`],
    ["PBKDF2 of no iteration", `$pbkdf2-sha256$i=0$${salt}$${digest}`],
    ["PBKDF2 with a hash of one byte", `$pbkdf2-sha256$i=1$${salt}$AA`],
    ["PBKDF2 with a hash of 200 bytes", `$pbkdf2-sha256$i=1$${salt}$${"A".repeat(268)}`],
    ["argon2id with 4 GiB", `$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${digest}`],
    ["argon2id with a million passes", `$argon2id$v=19$m=64,t=1000000,p=1$${salt}$${digest}`],
    ["argon2id with many lanes", `$argon2id$v=19$m=4096,t=1,p=100$${salt}$${digest}`],
    ["argon2id with less memory than lanes need", `$argon2id$v=19$m=8,t=1,p=16$${salt}$${digest}`],
  ])("is refused with its reason, and stored all the same opens nothing: %s", async (_, written) => {
    const hash = readForeignHash(written);
    if (!hash) throw new Error("not read");
    expect(faultOf(hash)).toMatch(/taken|work/);
    expect(readStoredForm(toStoredForm(hash))).toBeUndefined();
  });

  it.each([
    "",
    "$",
    "plain text",
    "$2b$04$short",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "$scrypt$ln=4,r=8$a$b",
    "$argon2id$v=19$m=x$a$b",
  ])("is none where it is %j", (written) => expect(readForeignHash(written)).toBeUndefined());
});

describe("what is stored", () => {
  it("is read back as it was written, whatever kind it is", async () => {
    const written = [
      "$2b$04$SbU6rXDvQI96EeJsSuQysO5hv4MU7TAydbm.czbT9l4k.JMhhfp.2",
      await hashArgon2("x", { memoryCost: 64, timeCost: 1, parallelism: 1 }),
      `${"0".repeat(32)}:${"a".repeat(128)}`,
      "$scrypt$ln=4,r=8,p=1$c2FsdA$DyT8e4Ivh60AIdwbXOgbujGkhl6p/t57MaFS53nNZ2E",
      "$pbkdf2-sha512$i=1$c2FsdA$DyT8e4Ivh60AIdwbXOgbujGkhl6p/t57MaFS53nNZ2E",
    ];
    for (const text of written) {
      const hash = readForeignHash(text);
      expect(hash && readStoredForm(toStoredForm(hash))).toEqual(hash);
    }
  });
});
