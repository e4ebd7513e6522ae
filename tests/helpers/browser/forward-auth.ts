import * as dpop from "dpop";
import { listenApplication, type TestApplication } from "../listen-application";
import { findFreePort } from "../process/free-port";
import { startExample } from "../process/nginx";
import { addUser, type RunningServer, startServer } from "../process/server";
import { PASSWORD } from "./sign-in";

/** The built service, a site that it protects, and nginx as in examples/nginx between and before them. */
export interface Arrangement {
  /** Public origins. */
  readonly accounts: string;
  readonly site: string;
  readonly server: RunningServer;
  readonly application: TestApplication;
  stop(): Promise<void>;
}

/** Names that end in `.test` are this machine (RFC 6761 section 6.2), and its certificates are good enough. */
export const browserFlags = ["--host-resolver-rules=MAP *.test 127.0.0.1", "--ignore-certificate-errors"];

/**
 * Over https when the site's name is given, each on a name of its own; over http on localhost, by ports alone, without.
 */
export async function arrange(siteName?: string, env: Record<string, string> = {}): Promise<Arrangement> {
  const [port, own] = [await findFreePort(), await findFreePort()];
  const isLocal = siteName === undefined;
  const accounts = isLocal ? `http://localhost:${own}` : `https://accounts.example.test:${port}`;
  const site = isLocal ? `http://localhost:${port}` : `https://${siteName}:${port}`;
  const application = await listenApplication();
  const server = await startServer({
    env: {
      CAPTCHA: "off",
      PORT: String(own),
      APP_URL: accounts,
      PROTECTED_SITES: site,
      ...(isLocal ? {} : { TRUST_PROXY: "1" }),
      ...env,
    },
  });
  await addUser(server, "ada", PASSWORD);
  const stopNginx = await startExample({
    countersign: `localhost:${own}`,
    application: application.address,
    accounts: new URL(accounts),
    site: new URL(site),
  });
  return {
    accounts,
    site,
    server,
    application,
    async stop() {
      await stopNginx();
      application.close();
      await server.dispose();
    },
  };
}

/** A computer of an attacker, waiting to be approved. */
export async function waitingComputer({ accounts, server }: Arrangement) {
  const key = await dpop.generateKeyPair("ES256");
  const post = async (path: string, body: object) => {
    const answer = await fetch(`http://localhost:${server.env.PORT}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        dpop: await dpop.generateProof(key, accounts + path, "POST"),
      },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Record<string, unknown>;
  };
  const { qr_id, device_code } = await post("/api/auth/qr", {});
  return {
    qrId: String(qr_id),
    status: async () => (await post("/api/auth/qr/status", { device_code })).status,
  };
}
