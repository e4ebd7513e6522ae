import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createNetServer } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, expect, it } from "vitest";
import { listen, listenOnLoopback } from "./listen";

const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
const hasIpv6 = addresses.some(({ address }) => address === "::1");
const foreign = addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address;

let open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open) one.close();
  open = [];
});

async function freePort(): Promise<number> {
  const probe = createNetServer();
  await listen(probe, 0, "127.0.0.1");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function newServer(): Server {
  return createServer((request, response) => response.end(request.socket.localAddress));
}

/** What answers at the address; "nobody" when the connection is refused. */
function whoAnswers(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.end("GET / HTTP/1.0\r\n\r\n"));
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", () => resolve("nobody"));
    socket.on("close", () => resolve(text.split("\r\n\r\n")[1] ?? "nobody"));
  });
}

it("answers at both addresses of the machine itself, and nobody answers at its address on the network", async () => {
  const port = await freePort();
  open = await listenOnLoopback(newServer(), port);
  expect(await whoAnswers("127.0.0.1", port)).toBe("127.0.0.1");
  if (hasIpv6) expect(await whoAnswers("::1", port)).toBe("::1");
  if (foreign) expect(await whoAnswers(foreign, port)).toBe("nobody");
});

it.runIf(hasIpv6)("opens neither when one of them is another program's", async () => {
  const port = await freePort();
  const other = createNetServer();
  await listen(other, port, "::1");
  open = [other];
  await expect(listenOnLoopback(newServer(), port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect(await whoAnswers("127.0.0.1", port)).toBe("nobody");
});

it.runIf(foreign)("answers at all addresses when that is asked for", async () => {
  const server = newServer();
  const port = await freePort();
  await listen(server, port, "0.0.0.0");
  open = [server];
  expect(await whoAnswers(foreign ?? "", port)).toBe(foreign);
});
