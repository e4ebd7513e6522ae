import { ME_SCOPE, ROLES_SCOPE } from "../../../contract/first-party";
import type { Call } from "../../request/call";
import { json } from "../../request/responses";
import type { Route } from "../http/route";
import { authorizeDevice, DEVICE_CODE_GRANT, introspect, issueTokens, revoke } from "./endpoints";

export const oauthRoutes: Readonly<Record<string, Route>> = {
  "/.well-known/oauth-authorization-server": { methods: { GET: metadata } },
  "/oauth/device_authorization": { methods: { POST: authorizeDevice } },
  "/oauth/token": { methods: { POST: issueTokens } },
  "/oauth/revoke": { methods: { POST: revoke } },
  "/oauth/introspect": { methods: { POST: introspect } },
};

/** RFC 8414. */
async function metadata(call: Call): Promise<Response> {
  const { origin } = call.container.environment.appUrl;
  const clientAuthentication = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
  const assertionAlgorithms = ["ES256"];
  const response = json({
    issuer: origin,
    device_authorization_endpoint: `${origin}/oauth/device_authorization`,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    introspection_endpoint: `${origin}/oauth/introspect`,
    jwks_uri: `${origin}/.well-known/jwks.json`,
    // There is no authorization endpoint, and so nothing to respond with from one.
    response_types_supported: [],
    grant_types_supported: [DEVICE_CODE_GRANT, "refresh_token", "client_credentials"],
    scopes_supported: [ME_SCOPE, ROLES_SCOPE],
    token_endpoint_auth_methods_supported: ["none", ...clientAuthentication],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: ["none", ...clientAuthentication],
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint_auth_methods_supported: clientAuthentication,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    dpop_signing_alg_values_supported: ["ES256"],
  });
  response.headers.set("cache-control", "public, max-age=300");
  response.headers.set("access-control-allow-origin", "*");
  return response;
}
