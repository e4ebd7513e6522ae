import { type Administrator, administrator, INVITATIONS } from "../../helpers/invitations/steps";
import { boundHeaders, type TestService } from "../../helpers/service";
import type { Recorder } from "./recorder";

/** A whole life of invitations, with what is refused on the way. */
export async function invitations(service: TestService, recorder: Recorder): Promise<void> {
  const owner = await administrator(service, "olive");
  const user = await administrator(service, "ursula", ["user"]);
  const as = async (by: Administrator, method: string, path: string, json?: object) => {
    const headers = await boundHeaders(by.device, method, path, by.tokens.access_token, service.clock);
    return recorder.call(path, { method, headers, ...(json ? { json } : {}) });
  };
  const made = await as(owner, "POST", INVITATIONS, { uses: 2 });
  const own = `${INVITATIONS}/${made.body.id}`;
  await as(owner, "POST", INVITATIONS, { uses: 0 });
  await as(owner, "GET", INVITATIONS);
  await as(owner, "GET", `${INVITATIONS}?limit=0`);
  await as(owner, "POST", `${own}/renew`);
  await as(owner, "POST", `${INVITATIONS}/none/renew`);
  await as(owner, "DELETE", `${INVITATIONS}/none`);
  for (const [method, path] of [
    ["POST", INVITATIONS],
    ["GET", INVITATIONS],
    ["POST", `${own}/renew`],
    ["DELETE", own],
  ] as const) {
    const json = method === "POST" ? {} : undefined;
    await as(user, method, path, json);
  }
  await as(owner, "DELETE", own);
  await as(owner, "POST", `${own}/renew`);
}
