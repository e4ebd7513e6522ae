import { bearer, newDevice, PASSWORD, proofHeader, type TestService } from "../../helpers/service";
import type { Recorder } from "./recorder";

const CHECK = "/api/auth/recovery/check";
const COMPLETE = "/api/auth/recovery/complete";
const NEW_PASSWORD = "seven lamps over a quarry";

/** Every act on a user, and on one who is not there. */
export async function actsOnUsers(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("olive");
  const ada = await service.addUser("ada");
  const headers = bearer((await service.signIn("olive")).access_token);
  await recorder.call("/api/admin/users", { headers });
  await recorder.call("/api/admin/users?limit=0", { headers });
  for (const username of ["newcomer", "newcomer", ""])
    await recorder.call("/api/admin/users", { headers, json: { username } });
  await recorder.call("/api/admin/audit?user=ada", { headers });
  await recorder.call("/api/admin/audit?type=none", { headers });
  await recorder.call("/api/admin/system", { headers });
  for (const id of ["nobody", ada]) {
    const at = (path: string, options: { method?: string; json?: unknown } = {}) =>
      recorder.call(`/api/admin/users/${id}${path}`, { headers, ...options });
    await at("");
    await at("/sessions");
    await at("", { method: "PATCH", json: { roles: ["user"] } });
    await at("", { method: "PATCH", json: {} });
    await at("", { method: "PATCH", json: { username: "olive" } });
    for (const act of ["sign-out", "disable", "enable"]) await at(`/${act}`, { method: "POST" });
    await at("/second-factors", { method: "DELETE" });
    await at("", { method: "DELETE" });
  }
}

/** A password that is lost and set anew, with what is refused on the way. Few reset tokens may be wrong here. */
export async function recoveries(service: TestService, recorder: Recorder): Promise<void> {
  await service.addUser("olive");
  const ada = await service.addUser("ada");
  const headers = bearer((await service.signIn("olive")).access_token);
  const link = (id: string) =>
    recorder.call(`/api/admin/users/${id}/recovery-link`, { method: "POST", headers });
  await link("nobody");
  const reset_token = String((await link(ada)).body.url).split("#")[1];
  await recorder.call(CHECK, { json: { reset_token } });
  await recorder.call(CHECK, { json: {} });
  await recorder.call(COMPLETE, { json: {} });
  const complete = (json: object, more: Record<string, string> = {}) =>
    recorder.call(COMPLETE, { json: { reset_token, ...json }, headers: more });
  await complete({ password: "short" });
  await complete({ t: "never-was", credentials: "x" });
  await complete({ password: NEW_PASSWORD }, { dpop: "bad" });
  const device = await newDevice();
  await complete({ password: NEW_PASSWORD }, await proofHeader(device, "POST", COMPLETE, service.clock));
  // Two of them are refused as wrong, and then it is one too many.
  await complete({ password: PASSWORD });
  await recorder.call(CHECK, { json: { reset_token } });
  await complete({ password: PASSWORD });
  await recorder.call(CHECK, { json: { reset_token } });
}
