import { type ClientRequest, type IncomingMessage, request } from "node:http";

/** A client of the plain stream, over a connection of its own, that keeps what it was told. */
export interface EventReader {
  readonly status: number;
  /** The `status` member of each event, in order. */
  readonly states: string[];
  /** All that came, pings included. */
  text(): string;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface Watching {
  readonly qrId: string;
  readonly watchToken: string;
}

/** Opens `GET /api/auth/qr/{qr_id}/events` and resolves when its head has come. */
export function readEvents(port: number, { qrId, watchToken }: Watching): Promise<EventReader> {
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(
      {
        port,
        host: "127.0.0.1",
        path: `/api/auth/qr/${qrId}/events`,
        headers: { authorization: `Watch ${watchToken}` },
        agent: false,
      },
      (response) => resolve(toReader(sent, response)),
    );
    sent.once("error", reject);
    sent.end();
  });
}

function toReader(sent: ClientRequest, response: IncomingMessage): EventReader {
  const states: string[] = [];
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    states.splice(0, states.length, ...statesIn(text));
  });
  const ended = new Promise<void>((resolve) => {
    response.once("close", resolve);
  });
  // A connection that breaks is seen by its end.
  sent.on("error", () => undefined);
  response.on("error", () => undefined);
  return { status: response.statusCode ?? 0, states, text: () => text, ended, close: () => sent.destroy() };
}

/** The states in what a stream has sent so far. */
export function statesIn(text: string): string[] {
  return [...text.matchAll(/^event: status\ndata: (.+)$/gm)].map(
    ([, data = ""]) => (JSON.parse(data) as { status: string }).status,
  );
}
