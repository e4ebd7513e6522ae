import { type Administrator, administrator } from "../../helpers/invitations/steps";
import { boundHeaders, type TestService } from "../../helpers/service";
import type { Recorder } from "./recorder";

const CLIENTS = "/api/admin/clients";

/** A whole life of a client, with what is refused on the way. */
export async function clients(service: TestService, recorder: Recorder): Promise<void> {
  const owner = await administrator(service, "olive");
  const user = await administrator(service, "ursula", ["user"]);
  const as = async (by: Administrator, method: string, path: string, json?: object) => {
    const headers = await boundHeaders(by.device, method, path, by.tokens.access_token, service.clock);
    return recorder.call(path, { method, headers, ...(json ? { json } : {}) });
  };
  const wanted = { name: "Export", authentication: "client_secret", grants: ["client_credentials"] };
  await as(owner, "POST", CLIENTS, { ...wanted, id: "export", audience: "https://api.example.com" });
  await as(owner, "POST", CLIENTS, { ...wanted, id: "export" });
  const own = `${CLIENTS}/export`;
  for (const [method, path, json] of [
    ["GET", CLIENTS, undefined],
    ["GET", own, undefined],
    ["PATCH", own, { name: "Other" }],
    ["PATCH", own, {}],
    ["POST", `${own}/secret`, undefined],
  ] as const) {
    await as(user, method, path, json);
    await as(owner, method, path, json);
    if (path !== CLIENTS) await as(owner, method, path.replace("export", "none"), json);
  }
  await as(user, "POST", CLIENTS, { ...wanted, id: "mine" });
  await as(user, "DELETE", own);
  await as(owner, "DELETE", own);
  await as(owner, "DELETE", own);
  await as(owner, "POST", CLIENTS, {
    ...wanted,
    id: "tool",
    authentication: "none",
    grants: ["device_code"],
  });
  await as(owner, "POST", `${CLIENTS}/tool/secret`);
}
