import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createNodeServer } from "../../src/server/node/node-server";
import type { PageHandler } from "../../src/server/node/page-places";
import type { TestService } from "./service";

export interface ListeningService {
  /** Where it listens, which is not its APP_URL. */
  readonly origin: string;
  close(): void;
}

/** Puts the service behind our own server, on a port of this machine. Pages are a word. */
export async function listen(
  service: TestService,
  pages: PageHandler = (_, response) => void response.end("page"),
): Promise<ListeningService> {
  const server = createNodeServer(service.container, service.api, pages);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
