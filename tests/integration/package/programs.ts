/** What another team would write. The programs read COUNTERSIGN_URL and COUNTERSIGN_PASSWORD. */
export const signInAndSurviveExpiry = `
import { createCountersignClient } from "countersign/client";

let refreshes = 0;
const client = createCountersignClient({
  url: process.env.COUNTERSIGN_URL ?? "",
  delivery: "body",
  fetch: (url, init) => {
    if (String(url).endsWith("/refresh-token")) refreshes += 1;
    return fetch(url, init);
  },
});
const account = { username: "ada", password: process.env.COUNTERSIGN_PASSWORD ?? "" };
let outcome = await client.auth.signInWithPassword(account);
if (outcome.status === "captcha_required") {
  const solved = await client.auth.solveCaptcha(outcome.ticket);
  if (solved.status !== "solved") throw new Error(solved.status);
  outcome = await client.auth.signInWithPassword({ ...account, ticket: outcome.ticket, captcha: solved.captcha });
}
if (outcome.status !== "signed_in") throw new Error(outcome.status);
await new Promise((resolve) => setTimeout(resolve, 4_500));
const [me, list] = await Promise.all([client.trpc.auth.me.query(), client.trpc.sessions.list.query()]);
console.log(me.user.username, me.session.method, list.sessions.length, refreshes);
`;

/** Signs in unless its files say that it is, and goes on calling for longer than several access tokens live here. */
export const keepCalling = `
import { setTimeout as sleep } from "node:timers/promises";
import { createCountersignClient } from "countersign/client";
import { fileDeviceKeyStore, fileTokenStore } from "countersign/node";

const client = createCountersignClient({
  url: process.env.COUNTERSIGN_URL ?? "",
  delivery: "body",
  deviceKeyStore: fileDeviceKeyStore("shared/key.json"),
  tokenStore: fileTokenStore("shared/tokens.json"),
});
if ((await client.auth.restore()).status !== "signed_in") {
  const issued = await client.auth.getTicket();
  if (issued.status !== "issued") throw new Error(issued.status);
  const { ticket } = issued;
  const solved = ticket.captcha.required ? await client.auth.solveCaptcha(ticket) : undefined;
  const captcha = solved?.status === "solved" ? solved.captcha : undefined;
  const password = process.env.COUNTERSIGN_PASSWORD ?? "";
  await client.auth.signInWithPassword({ username: "ada", password, ticket, captcha });
}
for (let call = 0; call < Number(process.argv[2]); call += 1) {
  await client.trpc.auth.me.query();
  await sleep(300);
}
console.log(client.auth.sessionId);
`;

/** Each line that is expected to be wrong is an error for the compiler if it is not. */
export const wrongNames = `
import { createCountersignClient, reasonOf } from "countersign/client";
import { fileTokenStore } from "countersign/node";
import { createVerifier, type VerifiedToken } from "countersign/verify";

const client = createCountersignClient({ url: "https://a.example", delivery: "body", tokenStore: fileTokenStore("t") });
const me = await client.trpc.auth.me.query();
export const method: "password" | "passkey" | "qr" | "device_code" = me.session.method;
// @ts-expect-error a field that is not there
export const name = me.user.user_name;
// @ts-expect-error a procedure that is not there
await client.trpc.auth.mee.query();
// @ts-expect-error a wrong name in the input
await client.trpc.sessions.revoke.mutate({ session_id: "s" });
await client.trpc.sessions.revoke.mutate({ id: "s" });
// @ts-expect-error a query is not to be changed by
await client.trpc.auth.me.mutate();
const outcome = await client.auth.signInWithPassword({ username: "a", password: "b" });
// @ts-expect-error an outcome that there is not
if (outcome.status === "signed-in") process.exit();
export const reason: string | undefined = reasonOf({});
const verifier = createVerifier({ issuer: "https://a.example", audience: "https://a.example", origin: "https://b.example" });
export const caller: VerifiedToken = await verifier.verify({ method: "GET", path: "/", authorization: null, proof: null });
// @ts-expect-error whom tokens have to be for is not left to a default
createVerifier({ issuer: "https://a.example", origin: "https://b.example" });
export const acr: "sfa" | "mfa" | "phr" | null = caller.acr;
verifier.requiring({ acrValues: ["mfa"], maxAgeInSeconds: 600 });
// @ts-expect-error a class that there is not
verifier.requiring({ acrValues: ["gold"] });
// @ts-expect-error a claim by its name in the token
export const subject = caller.sub;
`;

/** The hooks and the middleware, as types only. */
export const hooks = `
import { initTRPC } from "@trpc/server";
import { createCountersignClient } from "countersign/client";
import { CountersignProvider, trpc, useQrSignIn, useSession } from "countersign/react";
import { createVerifier } from "countersign/verify";
import { trpcVerify } from "countersign/verify/trpc";

function Name() {
  const session = useSession();
  const { view } = useQrSignIn();
  const list = trpc.sessions.list.useQuery();
  if (session.status !== "signed_in") return <p>{view.status === "waiting" ? view.code.userCode : session.status}</p>;
  // @ts-expect-error a field that is not there
  const wrong = list.data?.sessions[0]?.name;
  return <p>{session.user.display_name} {list.data?.sessions[0]?.id} {wrong}</p>;
}
const createClient = () => createCountersignClient({ url: "https://a.example", delivery: "cookie" });
export const App = () => <CountersignProvider createClient={createClient}><Name /></CountersignProvider>;

const t = initTRPC.context<{ req: Request }>().create();
const verifier = createVerifier({ issuer: "https://a.example", audience: "https://a.example", origin: "https://b.example" });
const protectedProcedure = t.procedure.use(trpcVerify(verifier));
export const router = t.router({ who: protectedProcedure.query(({ ctx }) => ctx.caller.userId satisfies string) });
`;

/** Who calls, with the types of Express and Fastify themselves. */
export const frameworks = `
import { createVerifier, expressCors, expressVerify, fastifyCors, fastifyVerify } from "countersign/verify";
import express from "express";
import fastify from "fastify";

const issuer = "https://a.example";
const verifier = createVerifier({ issuer, audience: issuer, origin: "https://b.example" });
const cors = { origins: ["https://c.example"] };

export const app = express();
app.use(expressCors(cors));
app.use("/reports", expressVerify(verifier));
app.get("/reports", (request, response) => {
  const kind: "user" | "client" | undefined = request.caller?.kind;
  response.json({ kind, userId: verifier.callerOf(request).userId satisfies string });
  // @ts-expect-error a field that is not there
  verifier.callerOf(request).user_id;
});

export const server = fastify();
server.addHook("onRequest", fastifyCors(cors));
server.addHook("onRequest", fastifyVerify(verifier));
server.get("/reports", async (request) => ({ userId: verifier.callerOf(request).userId satisfies string }));
`;

/** The middleware in Fastify itself: prints what a preflight request and a call without a token are answered. */
export const fastifyService = `
import { createVerifier, fastifyCors, fastifyVerify } from "countersign/verify";
import fastify from "fastify";

const origin = "https://c.example";
const server = fastify();
server.addHook("onRequest", fastifyCors({ origins: [origin] }));
server.addHook("onRequest", fastifyVerify(createVerifier({ issuer: "https://a.example", audience: "https://a.example", origin: "https://b.example" })));
server.get("/reports", async () => ({}));
for (const method of ["OPTIONS", "GET"]) {
  const headers = { origin, "access-control-request-method": "GET" };
  const answer = await server.inject({ method, url: "/reports", headers });
  console.log(answer.statusCode, answer.headers["access-control-allow-origin"], answer.headers.vary);
}
`;
