import {
  type Answer,
  APP_URL,
  type CallOptions,
  type Device,
  PASSWORD,
  proofHeader,
  type TestService,
  type Tokens,
} from "../service";

/**
 * Built instances as the steps of tests know a service: each call goes to the next of the addresses. They are started with
 * the APP_URL of the tests, which is what proofs are made for, and listen elsewhere.
 */
export function overHttp(origins: readonly string[]): TestService {
  let turn = 0;
  const call = async (pathname: string, options: CallOptions = {}): Promise<Answer> => {
    const { json, headers } = options;
    const response = await fetch(origins[turn++ % origins.length] + pathname, {
      method: options.method ?? (json === undefined ? "GET" : "POST"),
      headers: { ...headers, ...(json === undefined ? {} : { "content-type": "application/json" }) },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    const body = (isJson ? JSON.parse(text) : { text }) as Answer["body"];
    return { status: response.status, body, headers: response.headers };
  };
  const signIn = async (username: string, device?: Device, password = PASSWORD): Promise<Tokens> => {
    const proven = (method: string, pathname: string) => proofHeader(device, method, pathname, undefined);
    const ticket = await call("/api/auth/get_t", { headers: await proven("GET", "/api/auth/get_t") });
    const json = { t: ticket.body.t, username, password };
    const answer = await call("/api/auth/login", { headers: await proven("POST", "/api/auth/login"), json });
    if (answer.status !== 200)
      throw new Error(`sign-in at ${APP_URL} answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as unknown as Tokens;
  };
  // What has no meaning for another process is not there.
  return { call, signIn } as unknown as TestService;
}
