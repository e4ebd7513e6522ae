import type { IncomingMessage } from "node:http";
import { isInsideAddress } from "../../modules/addresses";
import { isPermittedHost } from "../../platform/lan/local-names";
import type { Log } from "../../platform/log/log";
import type { Environment } from "../settings/environment";
import { type CallerAddress, callerAddress } from "./client-address";

/** So many requests in a row from one address of the inside are no chance. */
const ENOUGH_REQUESTS = 20;

/** Reads callers' addresses, and says once in the log what is odd about them. */
export function createCallerAddresses(
  environment: Environment,
  log: Log,
): (request: IncomingMessage) => CallerAddress {
  const settings = {
    trustedProxies: environment.trustedProxies,
    trustsPrivatePeers: trustsPrivatePeers(environment),
  };
  const noteUnread = once((entry: string) =>
    log.warn(
      { entry: entry.slice(0, 100) },
      "X-Forwarded-For holds no address where TRUST_PROXY says: requests like that are not counted by address",
    ),
  );
  const noteGateway = once((address: string) =>
    log.warn(
      { address },
      "all requests come from one address of the inside though APP_URL is public: a container network, a gateway or a proxy hides who calls. Limits by address are shared by everybody, and sign-in by QR code asks for six digits. See docs/how-to/behind-a-reverse-proxy.md",
    ),
  );
  const watch = settings.trustsPrivatePeers ? () => {} : createGatewayWatch(noteGateway);
  return (request) => {
    // A balancer asks by itself, and says nothing of callers.
    const isCheck = /^\/api\/(health|ready)\b/.test(request.url ?? "");
    const caller = callerAddress(request, settings, isCheck ? () => undefined : noteUnread);
    if (!isCheck) watch(caller.address);
    return caller;
  };
}

/** TRUST_PRIVATE_PEERS; `auto` trusts them where the service itself is one of a local network. */
function trustsPrivatePeers({ privatePeers, appUrl }: Environment): boolean {
  if (privatePeers !== "auto") return privatePeers === "on";
  return isPermittedHost(appUrl.hostname) || !/[.:]/.test(appUrl.hostname);
}

/** Tells of the one address that all the first requests came from, should it be one of the inside. */
function createGatewayWatch(tell: (address: string) => void): (address: string | null) => void {
  let only: string | undefined;
  let count = 0;
  return (address) => {
    if (count >= ENOUGH_REQUESTS || address === null) return;
    only ??= address;
    count = address === only && isInsideAddress(address) ? count + 1 : ENOUGH_REQUESTS + 1;
    if (count === ENOUGH_REQUESTS) tell(address);
  };
}

function once<T>(run: (value: T) => void): (value: T) => void {
  let hasRun = false;
  return (value) => {
    if (!hasRun) run(value);
    hasRun = true;
  };
}
