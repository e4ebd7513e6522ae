import * as dpop from "dpop";

/** A computer that waits for a phone: its calls of the plain face, proven by a key of its own. */
export interface Computer {
  readonly qrId: string;
  readonly userCode: string;
  /** What the QR code holds. */
  readonly link: string;
  status(): Promise<ComputerAnswer>;
  enterCode(code: string): Promise<ComputerAnswer>;
  cancel(): Promise<ComputerAnswer>;
  redeem(): Promise<ComputerAnswer>;
  /** Who is signed in there, with the access token of `redeem`. */
  me(accessToken: string): Promise<ComputerAnswer>;
}

export interface ComputerAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const USER_AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

export interface ComputerOptions {
  /** Where it says it comes from; believed only by a service behind a proxy. */
  readonly forwardedFor?: string;
  /** The application that its page is, and where that page is. */
  readonly application?: { readonly clientId: string; readonly origin: string };
}

/** Asks the service for a code, as the sign-in page of a Windows computer would. */
export async function waitingComputer(url: string, options: ComputerOptions = {}): Promise<Computer> {
  const key = await dpop.generateKeyPair("ES256");
  const call = async (path: string, body: object = {}): Promise<ComputerAnswer> => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        dpop: await dpop.generateProof(key, url + path, "POST"),
        ...(options.application && { origin: options.application.origin }),
        ...(options.forwardedFor && { "x-forwarded-for": options.forwardedFor }),
      },
      body: JSON.stringify(body),
    });
    return answerOf(response);
  };
  const created = await call("/api/auth/qr", { client_id: options.application?.clientId });
  if (created.status !== 201) throw new Error(`No code: ${created.status} ${JSON.stringify(created.body)}`);
  const { qr_id, user_code, device_code, verification_uri_complete } = created.body;
  return {
    qrId: String(qr_id),
    userCode: String(user_code),
    link: String(verification_uri_complete),
    status: () => call("/api/auth/qr/status", { device_code }),
    enterCode: (code) => call("/api/auth/qr/code", { device_code, code }),
    cancel: () => call("/api/auth/qr/cancel", { device_code }),
    redeem: () => call("/api/auth/qr/token", { device_code }),
    async me(accessToken) {
      const address = `${url}/api/auth/me`;
      const proof = await dpop.generateProof(key, address, "GET", undefined, accessToken);
      return answerOf(
        await fetch(address, { headers: { authorization: `DPoP ${accessToken}`, dpop: proof } }),
      );
    },
  };
}

async function answerOf(response: Response): Promise<ComputerAnswer> {
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}
