import { compactDecrypt, exportJWK, generateKeyPair } from "jose";
import { Refusal } from "./fake-router";

/** The key that passwords are encrypted for. */
export class FakeCredentials {
  readonly #keys = generateKeyPair("ECDH-ES+A256KW");

  async publicJwk() {
    const jwk = await exportJWK((await this.#keys).publicKey);
    return { ...jwk, kid: "enc-1", use: "enc", alg: "ECDH-ES+A256KW" };
  }

  async open(compactJwe: string): Promise<Record<string, string>> {
    const { plaintext, protectedHeader } = await compactDecrypt(compactJwe, (await this.#keys).privateKey);
    if (protectedHeader.enc !== "A256GCM" || protectedHeader.kid !== "enc-1") {
      throw new Refusal("invalid_request");
    }
    return JSON.parse(new TextDecoder().decode(plaintext)) as Record<string, string>;
  }
}
