/** What is no operation with an input and an output: pictures, streams, published documents, answers to proxies. */
import { DomainError } from "../../../modules/domain-error";
import { presentQrStatus } from "../../endpoints/present-qr";
import type { Call } from "../../request/call";
import { eventStream } from "../../request/event-stream";
import { json, sharedBytes } from "../../request/responses";
import { openApiDocument } from "../openapi/document";
import { verifyForProxy } from "./forward-auth";
import { singleParameter } from "./plain-face";
import type { Routes } from "./route";

const OPENAPI_PATH = "/api/openapi.json";

export const handWrittenRoutes: Routes = {
  "/api/auth/captcha": { methods: { GET: captchaImage } },
  "/api/auth/qr/*/events": { methods: { GET: qrEvents } },
  "/api/auth/verify": { methods: { GET: verifyForProxy } },
  [OPENAPI_PATH]: { methods: { GET: openApi } },
  "/.well-known/jwks.json": { methods: { GET: jwks } },
  "/.well-known/webauthn": { methods: { GET: passkeyOrigins } },
  "/.well-known/passkey-endpoints": { methods: { GET: passkeyPages } },
  "/.well-known/change-password": { methods: { GET: passwordPage } },
};

async function openApi(call: Call): Promise<Response> {
  const { texts, environment } = call.container;
  const text =
    texts.get(OPENAPI_PATH) ?? Buffer.from(JSON.stringify(openApiDocument(environment.appUrl.origin)));
  texts.set(OPENAPI_PATH, text);
  return sharedBytes(text, {
    "content-type": "application/json",
    "access-control-allow-origin": "*",
  });
}

async function captchaImage(call: Call): Promise<Response> {
  const id = singleParameter(call, "id");
  if (!id || id.length > 64) throw new DomainError("invalid_request", { field: "id" });
  const png = await call.container.captcha.draw(id, call.address);
  const headers = new Headers({ "content-type": "image/png" });
  // An <img> names no origin that could be looked for on the list. A caller who has the id, which is a secret, may see it.
  if (call.container.environment.corsOrigins.length > 0)
    headers.set("cross-origin-resource-policy", "cross-origin");
  return new Response(new Uint8Array(png), { headers });
}

async function jwks(call: Call): Promise<Response> {
  const response = json(call.container.keys.publicJwks());
  // Shorter than a new key is published before it signs, but for `keys rotate` and the shortest of intervals: a service that then
  // meets a key that is not in the copy has to ask past it.
  response.headers.set("cache-control", "public, max-age=300");
  response.headers.set("access-control-allow-origin", "*");
  return response;
}

/** WebAuthn Level 3, section 5.11: whose pages may use the passkeys of this host. */
async function passkeyOrigins({ container }: Call): Promise<Response> {
  const { relyingParty } = container.environment;
  return json({ origins: relyingParty?.origins ?? [] });
}

/** A Well-Known URL for Passkey Endpoints (W3C): where password managers lead those who want to make or delete one. */
async function passkeyPages({ container }: Call): Promise<Response> {
  const { relyingParty, appUrl } = container.environment;
  const page = `${appUrl.origin}/account/security`;
  return json(relyingParty ? { enroll: page, manage: page } : {});
}

/** A Well-Known URL for Changing Passwords (W3C). */
async function passwordPage({ container }: Call): Promise<Response> {
  return new Response(null, {
    status: 302,
    headers: { location: `${container.environment.appUrl.origin}/password` },
  });
}

/** The state and its changes, for the holder of the watch token, which can do nothing else. */
async function qrEvents(call: Call, qrId: string): Promise<Response> {
  const { qrRequests, qrWatch, streams } = call.container;
  const [, watchToken] =
    /^Watch ([\w-]{1,128})$/i.exec(call.request.headers.get("authorization") ?? "") ?? [];
  if (watchToken === undefined) throw new DomainError("invalid_token");
  await qrRequests.findToWatch(qrId, { watchToken });
  qrWatch.requireRoom(qrId);
  return eventStream(streams, (sink) =>
    qrWatch.watch(qrId, {
      next: (row, now) => sink.send("status", presentQrStatus(row, now)),
      end: () => sink.end(),
    }),
  );
}
