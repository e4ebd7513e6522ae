import { once } from "node:events";
import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** Names in small letters; of several with one name, the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a request byte for byte as it is given, on a connection of its own, and reads until the other side ends it. */
export async function sendRaw(
  origin: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk)).on("error", () => undefined);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${lines.join("")}Connection: close\r\n\r\n`,
    "latin1",
  );
  await once(socket, "close");
  return readAnswer(Buffer.concat(chunks).toString("latin1"));
}

function readAnswer(text: string): RawAnswer {
  // An interim answer, such as 100, comes before the one that is meant.
  const final = text.replace(/^HTTP\/1\.1 1\d\d .*?\r\n\r\n/s, "");
  const [head = "", body = ""] = final.split(/\r\n\r\n(.*)/s);
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(first.split(" ")[1] ?? 0), headers: Object.fromEntries(headers), body };
}
