/** CWE-770: streams of the typed face have no end, so one session and the whole process have so many and no more. */
import { afterEach, describe } from "vitest";
import { attack } from "../helpers/lab/attack";
import { APP_URL, bearer, startService, type TestService } from "../helpers/service";

let service: TestService;
const open: AbortController[] = [];

afterEach(async () => {
  for (const stop of open.splice(0)) stop.abort();
  await service.close();
});

/** @returns what the stream says first: that it is ready, or why there is none; and how to end it */
async function listen(accessToken: string): Promise<{ first: string; stop: AbortController }> {
  const stop = new AbortController();
  open.push(stop);
  const headers = { ...bearer(accessToken), accept: "text/event-stream" };
  const request = new Request(`${APP_URL}/api/trpc/sessions.live`, { headers, signal: stop.signal });
  const response = await service.api(request, { address: "192.0.2.1" });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const found = /"type":"(ready)"|"reason":"(\w+)"/.exec(text);
    const { value, done } = found ? { value: "", done: true } : ((await reader?.read()) ?? { done: true });
    if (done) return { first: found?.[1] ?? found?.[2] ?? text, stop };
    text += value;
  }
}

/** As many were answered how, in this order. */
async function listenTimes(count: number, accessToken: string): Promise<string> {
  const firsts: string[] = [];
  for (let index = 0; index < count; index += 1) firsts.push((await listen(accessToken)).first);
  return [...new Set(firsts)]
    .map((first) => `${firsts.filter((one) => one === first).length} × ${first}`)
    .join(", ");
}

describe("live events by the typed stream", () => {
  attack(
    "one session asks for twenty; another session asks for one",
    "4 × ready, 16 × too_many_attempts; another 1 × ready",
    async () => {
      service = await startService();
      await service.addUser("ada");
      const [one, other] = [await service.signIn("ada"), await service.signIn("ada")];
      const many = await listenTimes(20, one.access_token);
      return `${many}; another ${await listenTimes(1, other.access_token)}`;
    },
  );

  attack(
    "fourteen sessions ask for one each, where the process holds twelve",
    "12 × ready, 2 × temporarily_unavailable; after one has gone 1 × ready; warnings of Node in the log: 0",
    async () => {
      service = await startService({ LIMIT_STREAMS: "12" });
      const warnings: Error[] = [];
      const note = (warning: Error) => void warnings.push(warning);
      process.on("warning", note);
      await service.addUser("ada");
      const answers: Awaited<ReturnType<typeof listen>>[] = [];
      for (let count = 0; count < 14; count += 1)
        answers.push(await listen((await service.signIn("ada")).access_token));
      const count = (what: string) => answers.filter(({ first }) => first === what).length;
      const told = `${count("ready")} × ready, ${count("temporarily_unavailable")} × temporarily_unavailable`;
      answers[0]?.stop.abort();
      const { streams } = service.container;
      while (streams.openCount > 11) await new Promise((resolve) => setTimeout(resolve, 20));
      const { access_token } = await service.signIn("ada");
      const last = await listenTimes(1, access_token);
      process.off("warning", note);
      return `${told}; after one has gone ${last}; warnings of Node in the log: ${warnings.length}`;
    },
  );
});
