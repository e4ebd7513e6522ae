/** What others made and signed: the test vectors of WebAuthn Level 3, section 16, by our own checks. */
import { describe, expect, it } from "vitest";
import { vectors } from "../../../tests/helpers/passkeys/vectors.json";
import type { DomainError } from "../domain-error";
import { loadVerification, type RelyingParty, verifyNew, verifySigned } from "./verify";

type Vector = (typeof vectors)[number];
type Registration = NonNullable<Vector["registration"]>;
type Authentication = Vector["authentication"];

const OURS: RelyingParty = { id: "example.org", name: "Example", origins: ["https://example.org"] };
const OTHER_ORIGIN = "https://example.orf";
const USER_ID = "a user of the tests";
const WRONG_SIGNATURE = "wrong signature";
const NOT_VERIFIED = /user could not be verified/;

const bytes = (hex: string) => Buffer.from(hex, "hex");
const base64url = (hex: string) => bytes(hex).toString("base64url");

function register({ id }: Vector, { clientDataJSON, attestationObject }: Registration, party = OURS) {
  const response = {
    clientDataJSON: base64url(clientDataJSON),
    attestationObject: base64url(attestationObject),
  };
  return verifyNew({ id: base64url(id), rawId: base64url(id), type: "public-key", response }, party);
}

function assertionOf({ id }: Vector, signed: Authentication) {
  const response = {
    clientDataJSON: base64url(signed.clientDataJSON),
    authenticatorData: base64url(signed.authenticatorData),
    signature: base64url(signed.signature),
    userHandle: Buffer.from(USER_ID).toString("base64url"),
  };
  return { id: base64url(id), rawId: base64url(id), type: "public-key", response } as const;
}

function authenticate(vector: Vector, signed: Authentication, relyingParty = OURS) {
  const { id, publicKey, isBackedUp } = vector;
  const passkey = { id: base64url(id), publicKey: base64url(publicKey), isBackedUp, userId: USER_ID };
  return verifySigned(assertionOf(vector, signed), {
    passkey,
    challenge: base64url(signed.challenge),
    relyingParty,
  });
}

/** @param at which byte, from the end where it is negative */
function flipBit(hex: string, at: number): string {
  const changed = bytes(hex);
  const index = at < 0 ? changed.length + at : at;
  changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
  return changed.toString("hex");
}

function replaceOnce(text: string, old: string, by: string): string {
  expect(text.split(old)).toHaveLength(2);
  return text.replace(old, by);
}

const inText = (hex: string, old: string, by: string) =>
  Buffer.from(replaceOnce(bytes(hex).toString(), old, by)).toString("hex");

type Ceremony = { challenge: string; clientDataJSON: string };
const otherChallenge = <T extends Ceremony>(ceremony: T): T => {
  const challenge = flipBit(ceremony.challenge, 0);
  const signed = inText(ceremony.clientDataJSON, base64url(ceremony.challenge), base64url(challenge));
  return { ...ceremony, challenge, clientDataJSON: signed };
};
const otherOrigin = <T extends Ceremony>(ceremony: T): T => ({
  ...ceremony,
  clientDataJSON: inText(ceremony.clientDataJSON, '"https://example.org"', `"${OTHER_ORIGIN}"`),
});
const withOtherOrigin = { ...OURS, origins: [...OURS.origins, OTHER_ORIGIN] };

const RP_ID_HASH = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5";

/** Where the last byte of the attestation's signature is: after its name and the two bytes of its length. */
function endOfSignature(attestationObject: string): number {
  const start = bytes(attestationObject).indexOf("csig") + 4;
  return start + 1 + bytes(attestationObject).readUInt8(start + 1);
}

const sections = (...wanted: string[]) => {
  const found = vectors.filter(({ section }) => wanted.includes(section));
  expect(found).toHaveLength(wanted.length);
  return found;
};
/** What was wrong, by the words of the library; a wrong signature has none. */
async function refusalOf(checked: Promise<unknown>): Promise<string> {
  try {
    await checked;
  } catch (error) {
    const { code, cause } = error as DomainError;
    expect(code).toBe("invalid_passkey");
    return cause instanceof Error ? cause.message : WRONG_SIGNATURE;
  }
  return "let in";
}

describe.each(sections("16.3", "16.7", "16.10"))("the registration of $section, $title,", (vector) => {
  const registration = vector.registration as Registration;

  it("verifies, and gives what the vector says", async () => {
    expect(await register(vector, registration)).toMatchObject({
      challenge: base64url(registration.challenge),
      id: base64url(vector.id),
      publicKey: base64url(vector.publicKey),
      counter: 0,
      isBackedUp: vector.isBackedUp,
    });
  });

  it("with one bit of the challenge flipped is refused", async () => {
    expect(await refusalOf(register(vector, otherChallenge(registration)))).toBe(WRONG_SIGNATURE);
  });

  it("with one bit of the origin flipped is refused, also where both origins are ours", async () => {
    expect(await refusalOf(register(vector, otherOrigin(registration)))).toMatch(/origin/);
    expect(await refusalOf(register(vector, otherOrigin(registration), withOtherOrigin))).toBe(
      WRONG_SIGNATURE,
    );
  });

  it("with one bit of the RP ID hash flipped is refused", async () => {
    const changed = replaceOnce(registration.attestationObject, RP_ID_HASH, flipBit(RP_ID_HASH, 0));
    expect(await refusalOf(register(vector, { ...registration, attestationObject: changed }))).toMatch(
      /RP ID/,
    );
  });

  it("with one bit of the signature flipped is refused", async () => {
    const changed = flipBit(registration.attestationObject, endOfSignature(registration.attestationObject));
    expect(await refusalOf(register(vector, { ...registration, attestationObject: changed }))).toBe(
      WRONG_SIGNATURE,
    );
  });
});

describe.each(sections("16.6", "16.7", "16.13"))("the authentication of $section, $title,", (vector) => {
  const { authentication } = vector;

  it("verifies", async () => {
    expect(await authenticate(vector, authentication)).toEqual({ counter: 0 });
  });

  it("with one bit of the challenge flipped is refused, also where that challenge is ours", async () => {
    const { challenge } = otherChallenge(authentication);
    expect(await refusalOf(authenticate(vector, { ...authentication, challenge }))).toMatch(/challenge/);
    expect(await refusalOf(authenticate(vector, otherChallenge(authentication)))).toBe(WRONG_SIGNATURE);
  });

  it("with one bit of the origin flipped is refused, also where both origins are ours", async () => {
    expect(await refusalOf(authenticate(vector, otherOrigin(authentication)))).toMatch(/origin/);
    expect(await refusalOf(authenticate(vector, otherOrigin(authentication), withOtherOrigin))).toBe(
      WRONG_SIGNATURE,
    );
  });

  it("with one bit of the RP ID hash flipped is refused", async () => {
    const authenticatorData = flipBit(authentication.authenticatorData, 0);
    expect(await refusalOf(authenticate(vector, { ...authentication, authenticatorData }))).toMatch(/RP ID/);
  });

  it("with one bit of the signature flipped is refused", async () => {
    const signature = flipBit(authentication.signature, -1);
    expect(await refusalOf(authenticate(vector, { ...authentication, signature }))).toBe(WRONG_SIGNATURE);
  });
});

/** Whether what was signed is right, user verification and the frame aside. */
async function verifiesByItself(vector: Vector, signed: Authentication, origin = "https://example.org") {
  const { verifyAuthenticationResponse } = await loadVerification();
  const publicKey = new Uint8Array(bytes(vector.publicKey));
  return verifyAuthenticationResponse({
    response: { ...assertionOf(vector, signed), clientExtensionResults: {} },
    expectedChallenge: base64url(signed.challenge),
    expectedOrigin: origin,
    expectedRPID: "example.org",
    credential: { id: base64url(vector.id), publicKey, counter: 0 },
    requireUserVerification: false,
  }).then(
    ({ verified }) => verified,
    () => false,
  );
}

// That of a page in a frame (16.5) is refused by the library before its signature is looked at.
describe.each(vectors.filter(({ section }) => section !== "16.5"))(
  "the signature of $section, $title,",
  (vector) => {
    const { authentication: signed } = vector;

    it("is right, whatever else we refuse it for", async () => {
      expect(await verifiesByItself(vector, signed)).toBe(true);
    });

    it.each<[string, Authentication, string?]>([
      ["the challenge", otherChallenge(signed)],
      ["the origin", otherOrigin(signed), OTHER_ORIGIN],
      ["the RP ID hash", { ...signed, authenticatorData: flipBit(signed.authenticatorData, 0) }],
      ["the signature", { ...signed, signature: flipBit(signed.signature, -1) }],
    ])("is wrong with one bit of %s flipped", async (_, changed, origin) => {
      expect(await verifiesByItself(vector, changed, origin)).toBe(false);
    });
  },
);

describe("vectors that did not verify their user", () => {
  it.each(sections("16.2", "16.5", "16.6", "16.11"))(
    "are refused as a new passkey: $section, $title",
    async (vector) => {
      expect(await refusalOf(register(vector, vector.registration as Registration))).toMatch(NOT_VERIFIED);
    },
  );

  it.each(sections("16.2", "16.3", "16.10", "16.11", "16.14", "16.15"))(
    "are refused at sign-in, for that alone: $section, $title",
    async (vector) => {
      expect(await refusalOf(authenticate(vector, vector.authentication))).toMatch(NOT_VERIFIED);
      expect(await verifiesByItself(vector, vector.authentication)).toBe(true);
    },
  );
});

describe("vectors of a page inside a page of another origin", () => {
  it.each(sections("16.5"))("are refused at sign-in: $section, $title", async (vector) => {
    expect(await refusalOf(authenticate(vector, vector.authentication))).toMatch(/cross-origin/);
  });

  it.each(sections("16.4"))("are refused as a new passkey: $section, $title", async (vector) => {
    expect(await refusalOf(register(vector, vector.registration as Registration))).not.toBe("let in");
  });

  it.each(sections("16.4"))("are refused at sign-in: $section, $title", async (vector) => {
    expect(await refusalOf(authenticate(vector, vector.authentication))).not.toBe("let in");
  });
});
