import * as dpop from "dpop";

/** What the plain face answered to a call of the phone. */
export interface PhoneAnswer {
  readonly status: number;
  readonly body: Record<string, unknown> & { error?: string };
}

/** A signed-in phone, played by calls of the plain face. */
export interface ApiPhone {
  /** @param address where the phone seems to be, for a server that believes one proxy */
  scan(code: { qr_id: string } | { user_code: string }, address?: string): Promise<PhoneAnswer>;
  confirm(scanned: PhoneAnswer): Promise<PhoneAnswer>;
  deny(scanned: PhoneAnswer): Promise<PhoneAnswer>;
  claim(qrId: string): Promise<PhoneAnswer>;
  me(): Promise<PhoneAnswer>;
}

/** Signs in with a password and a key of its own, made by the package `dpop`, which knows nothing of us. */
export async function signInApiPhone(url: string, username: string, password: string): Promise<ApiPhone> {
  const key = await dpop.generateKeyPair("ES256");
  const call = async (path: string, init: { json?: unknown; address?: string; token?: string } = {}) => {
    const method = init.json === undefined ? "GET" : "POST";
    const proof = await dpop.generateProof(key, url + path, method, undefined, init.token);
    const response = await fetch(url + path, {
      method,
      headers: {
        dpop: proof,
        ...(init.token ? { authorization: `DPoP ${init.token}` } : {}),
        ...(init.address ? { "x-forwarded-for": init.address } : {}),
        ...(init.json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(init.json === undefined ? {} : { body: JSON.stringify(init.json) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) } as PhoneAnswer;
  };
  const ticket = await call("/api/auth/get_t");
  const login = await call("/api/auth/login", { json: { t: ticket.body.t, username, password } });
  if (login.status !== 200) throw new Error(`The phone could not sign in: ${JSON.stringify(login.body)}`);
  const token = String(login.body.access_token);
  const answer = (path: string, { body }: PhoneAnswer) =>
    call(path, { token, json: { ticket: body.ticket } });
  return {
    scan: (json, address) => call("/api/auth/qr/scan", { token, json, ...(address ? { address } : {}) }),
    confirm: (scanned) => answer("/api/auth/qr/confirm", scanned),
    deny: (scanned) => answer("/api/auth/qr/deny", scanned),
    claim: (qrId) => call(`/api/auth/qr/${qrId}`, { token }),
    me: () => call("/api/auth/me", { token }),
  };
}
