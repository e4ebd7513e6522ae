import type { Server } from "node:https";
import { hostname, networkInterfaces } from "node:os";
import { findRoutedAddress } from "../../platform/lan/addresses";
import { ensureLanCertificate, type LanCertificate } from "../../platform/lan/lan-certificate";
import type { ServerParts } from "../node/connections";
import { type Environment, parseProtectedSites, parseReturnOrigins } from "../settings/environment";
import { chooseLanAddress, type LanAddress } from "./lan-address";
import { createLanServer } from "./lan-server";

const DAY_IN_MS = 86_400_000;

/** `npm start -- --lan`: https on the local network with a certificate made here. */
export interface LanMode {
  /** The settings with the address on the local network as APP_URL. */
  readonly environment: Environment;
  readonly address: LanAddress;
  readonly certificate: LanCertificate;
  /** A server that keeps its certificate fresh as long as it runs; it does not listen yet. */
  createServer(parts: ServerParts): Server;
}

/** @throws EnvironmentError, OperatorError when there is no address, or no usable certificate */
export async function prepareLanMode(environment: Environment): Promise<LanMode> {
  const address = chooseLanAddress(environment, {
    interfaces: networkInterfaces(),
    routedAddress: await findRoutedAddress(),
  });
  const { appUrl } = address;
  const protectedSites = parseProtectedSites(environment.protectedSites.join(" "), appUrl);
  const returnOrigins = parseReturnOrigins(environment.returnOrigins.join(" "), appUrl);
  const ensure = () =>
    ensureLanCertificate({
      dataDir: environment.dataDir,
      hosts: hostsOf(appUrl),
      machine: machineName(),
      now: new Date(),
    });
  const certificate = await ensure();
  return {
    environment: { ...environment, appUrl, protectedSites, returnOrigins },
    address,
    certificate,
    createServer(parts) {
      const server = createLanServer({ appUrl, certificate }, parts);
      const renew = async () => {
        const { privateKey, chain } = await ensure();
        server.setSecureContext({ key: privateKey, cert: chain });
      };
      const timer = setInterval(renew, DAY_IN_MS).unref();
      server.on("close", () => clearInterval(timer));
      return server;
    },
  };
}

/** Besides the address itself all that reaches this machine, for the redirects from there. */
function hostsOf(appUrl: URL): readonly string[] {
  const own = appUrl.hostname.replace(/^\[(.*)\]$/, "$1");
  return [...new Set([own, "localhost", "127.0.0.1", "::1", `${machineName()}.local`])];
}

function machineName(): string {
  const [first = ""] = hostname().toLowerCase().split(".");
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(first) ? first : "this-machine";
}
