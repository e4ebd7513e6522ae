import { once } from "node:events";
import { request as forward, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { makeAuthority, makeServerCertificate } from "../../../src/platform/lan/make-certificates";

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

interface TlsFront {
  readonly port: number;
  close(): void;
}

/** An https server on localhost that no browser trusts by itself. */
export async function listenByTls(answer: Answering, port = 0): Promise<TlsFront> {
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) };
  const { issuer } = await makeAuthority("Countersign test", validity);
  const { certificate, privateKey } = await makeServerCertificate(issuer, ["localhost"], validity);
  const server = createServer({ cert: certificate, key: privateKey }, answer);
  server.listen(port);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Hands everything on to a server of this machine, as a reverse proxy does. */
export function handOnTo(port: number): Answering {
  return (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = forward({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  };
}
