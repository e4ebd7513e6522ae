/** One sign-in by QR code over HTTP, as a computer and a phone make it. */
import { OpenStream } from "./event-stream";
import type { Answer, Connection } from "./load";
import { type Device, formatRequest, makeProof, newDevice } from "./requests";
import type { Service } from "./service";

/** A signed-in phone, on a connection of its own. */
export interface Phone {
  readonly device: Device;
  readonly accessToken: string;
}

/** A browser that has asked for a code. */
export interface Computer {
  readonly device: Device;
  readonly qrId: string;
  readonly deviceCode: string;
  readonly watchToken: string;
}

export async function createPhone(service: Service): Promise<Phone> {
  const { id } = await service.ask("account", {
    username: `bench-phone-${Date.now()}`,
    password: "velvet quarry lamp seventeen",
  });
  const device = newDevice();
  const { accessToken } = await service.ask("session", { userId: id, keyThumbprint: device.thumbprint });
  return { device, accessToken };
}

export async function createComputer(service: Service, connection: Connection): Promise<Computer> {
  const device = newDevice();
  const answer = await connection.exchange(byComputer(service, device, "/api/auth/qr", {}));
  const { qr_id, device_code, watch_token } = bodyOf(answer, 201);
  return { device, qrId: qr_id, deviceCode: device_code, watchToken: watch_token };
}

/** Opens the plain stream and waits for its first word. */
export async function watchPlainly(service: Service, { qrId, watchToken }: Computer): Promise<OpenStream> {
  const path = `/api/auth/qr/${qrId}/events`;
  const headers = { authorization: `Watch ${watchToken}`, accept: "text/event-stream" };
  return firstWord(await OpenStream.open(service.port, formatRequest({ method: "GET", path, headers })));
}

/** The same by the tRPC subscription, which the computer's key proves. */
export async function watchByTrpc(service: Service, { device, qrId }: Computer): Promise<OpenStream> {
  const path = "/api/trpc/qr.watch";
  const input = encodeURIComponent(JSON.stringify({ qr_id: qrId }));
  const headers = {
    accept: "text/event-stream",
    dpop: makeProof(device, "GET", service.origin + path),
  };
  const request = formatRequest({ method: "GET", path: `${path}?input=${input}`, headers });
  return firstWord(await OpenStream.open(service.port, request));
}

async function firstWord(stream: OpenStream): Promise<OpenStream> {
  await stream.until('"status":"pending"');
  return stream;
}

/**
 * One whole sign-in. The computer hears of the approval by the plain stream and asks for its tokens at once.
 *
 * @returns milliseconds from the phone's confirmation being sent to the tokens being there. All proofs are made before.
 */
export async function timeSignIn(
  service: Service,
  phone: Phone,
  connections: { readonly computer: Connection; readonly phone: Connection },
): Promise<number> {
  const computer = await createComputer(service, connections.computer);
  const stream = await watchPlainly(service, computer);
  const { qrId, deviceCode, device } = computer;
  const scan = byPhone(service, phone, "/api/auth/qr/scan", { qr_id: qrId });
  const { ticket } = bodyOf(await connections.phone.exchange(scan), 200);
  await stream.until('"status":"scanned"');
  const confirm = byPhone(service, phone, "/api/auth/qr/confirm", { ticket });
  const redeem = byComputer(service, device, "/api/auth/qr/token", { device_code: deviceCode });

  const startInMs = performance.now();
  const approved = stream.until('"status":"approved"');
  const confirmed = connections.phone.exchange(confirm);
  await approved;
  const tokens = await connections.computer.exchange(redeem);
  const tookInMs = performance.now() - startInMs;

  requireStatus(tokens, 200);
  requireStatus(await confirmed, 204);
  stream.close();
  return tookInMs;
}

function byComputer(service: Service, device: Device, path: string, json: unknown): string {
  const dpop = makeProof(device, "POST", service.origin + path);
  return formatRequest({ method: "POST", path, headers: { dpop }, json });
}

function byPhone(service: Service, { device, accessToken }: Phone, path: string, json: unknown): string {
  const dpop = makeProof(device, "POST", service.origin + path, accessToken);
  const headers = { authorization: `DPoP ${accessToken}`, dpop };
  return formatRequest({ method: "POST", path, headers, json });
}

interface Members {
  readonly qr_id: string;
  readonly device_code: string;
  readonly watch_token: string;
  readonly ticket: string;
}

/** @returns what the answer holds; of its members the answers to the two questions that are asked here have their own */
function bodyOf(answer: Answer, status: number): Members {
  requireStatus(answer, status);
  return JSON.parse(answer.body) as Members;
}

function requireStatus({ status, body }: Answer, expected: number): void {
  if (status !== expected) throw new Error(`answered ${status}: ${body}`);
}
