/** Requests as bytes, and proofs (RFC 9449), made before anything is timed. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

/** A device: its key and the RFC 7638 thumbprint of it. */
export interface Device {
  readonly thumbprint: string;
  readonly privateKey: KeyObject;
  /** The header of its proofs, encoded. */
  readonly proofHead: string;
}

export function newDevice(): Device {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const jwk = { crv: "P-256", kty: "EC", x, y };
  return {
    thumbprint: sha256(JSON.stringify(jwk)),
    privateKey,
    proofHead: encode({ typ: "dpop+jwt", alg: "ES256", jwk }),
  };
}

/** A proof for one request. With an access token it is made for that token (`ath`). */
export function makeProof(device: Device, method: string, address: string, accessToken?: string): string {
  const claims = encode({
    jti: randomUUID(),
    htm: method,
    htu: address,
    iat: Math.floor(Date.now() / 1000),
    ...(accessToken === undefined ? {} : { ath: sha256(accessToken) }),
  });
  const signed = `${device.proofHead}.${claims}`;
  const signature = sign("sha256", Buffer.from(signed), {
    key: device.privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return `${signed}.${signature.toString("base64url")}`;
}

/** The proof of one request, where there is a device. */
export function proofHeaders(
  origin: string,
  device: Device | null,
  method: string,
  path: string,
): Record<string, string> {
  return device ? { dpop: makeProof(device, method, origin + path) } : {};
}

export interface RequestParts {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export function formatRequest({ method, path, headers = {}, json }: RequestParts): string {
  const body = json === undefined ? "" : JSON.stringify(json);
  const bodyHeaders =
    json === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ host: "localhost", accept: "*/*", ...headers, ...bodyHeaders });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
