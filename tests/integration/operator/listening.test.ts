import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, expect, it } from "vitest";
import { type RunningServer, startServer } from "../../helpers/process/server";

const ofTheNetwork = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

let server: RunningServer | undefined;
afterEach(() => server?.dispose());

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

it.runIf(ofTheNetwork).each([
  ["not set and a public APP_URL", { APP_URL: "https://accounts.example.com" }, false],
  ["not set and no APP_URL", {}, false],
  ["0.0.0.0", { HOST: "0.0.0.0" }, true],
])("with HOST %s, whether the network reaches the service", async (_host, env, isReached) => {
  server = await startServer({ env });
  const port = Number(server.env.PORT);
  expect(await accepts("127.0.0.1", port)).toBe(true);
  expect(await accepts(ofTheNetwork ?? "", port)).toBe(isReached);
  expect(server.output().includes("HOST is not set")).toBe("APP_URL" in env);
});
