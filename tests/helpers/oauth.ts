import * as oauth from "openid-client";
import { type Answer, APP_URL, type TestService } from "./service";
import { byPhone, type SignedInPhone } from "./steps/qr";

export interface ClientChoices {
  readonly kind?: "public" | "confidential";
  readonly requiresBinding?: boolean;
  readonly audience?: string;
  readonly grants?: readonly ("device_code" | "refresh_token")[];
}

/** Registers a client and discovers the service with `openid-client`, which knows nothing of us. */
export async function discover(
  service: TestService,
  id: string,
  choices: ClientChoices = {},
): Promise<oauth.Configuration> {
  const secret = await service.container.clientAdministration.add({
    id,
    name: `The ${id}`,
    kind: choices.kind ?? "public",
    requiresBinding: choices.requiresBinding ?? false,
    audience: choices.audience ?? null,
    grants: choices.grants ?? ["device_code", "refresh_token"],
  });
  const authentication = secret === null ? oauth.None() : oauth.ClientSecretBasic(secret);
  return oauth.discovery(new URL(APP_URL), id, secret ?? undefined, authentication, {
    algorithm: "oauth2",
    execute: [oauth.allowInsecureRequests],
    [oauth.customFetch]: fetchOf(service),
  });
}

export function fetchOf(service: TestService, address = "192.0.2.50"): oauth.CustomFetch {
  return (url, options) => {
    const { method, headers, body } = options;
    const init = { method, headers, ...(body ? { body: body as BodyInit } : {}) };
    return service.api(new Request(url, init), { address });
  };
}

/** The person takes out the phone, scans, sees who asks, and approves. @returns what the phone was shown */
export async function approveOnPhone(
  service: TestService,
  phone: SignedInPhone,
  device: oauth.DeviceAuthorizationResponse,
): Promise<Answer> {
  const options = { address: "192.0.2.50" };
  const qrId = new URL(String(device.verification_uri_complete)).pathname.split("/").at(-1);
  const scanned = await byPhone(service, phone, "/api/auth/qr/scan", { qr_id: qrId }, options);
  const confirmed = await byPhone(
    service,
    phone,
    "/api/auth/qr/confirm",
    { ticket: scanned.body.ticket },
    options,
  );
  if (confirmed.status !== 204) throw new Error(`confirm answered ${confirmed.status}`);
  return scanned;
}
