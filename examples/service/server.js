/** A service of its own that accepts access tokens of Countersign, and verifies them without asking it. */
import { createVerifier, expressCors, expressVerify } from "countersign/verify";
import express from "express";

const issuer = process.env.COUNTERSIGN_URL ?? "http://localhost:3000";
const port = process.env.PORT ?? "4000";
const origin = process.env.ORIGIN ?? `http://localhost:${port}`;

const verifier = createVerifier({
  issuer,
  // Whose tokens are let in: those of people who sign in at Countersign, by password or QR code, and those that programs
  // got for this service, whose clients were registered with `--audience` and this address.
  audience: [issuer, origin],
  allowClients: true,
  // Where callers reach this service: their proofs name it.
  origin,
  onRefused: ({ code, mismatch }) => console.warn("refused", code, mismatch),
});

const app = express();
// Pages of these origins may call, such as ../react. Before the verifier, so that they can read its refusals too.
app.use(expressCors({ origins: process.env.PAGE_ORIGINS?.split(" ") ?? [] }));
app.use("/reports", expressVerify(verifier));
app.get("/reports", (request, response) => {
  const caller = verifier.callerOf(request);
  if (caller.kind === "user") {
    response.json({ reports: [], userId: caller.userId, roles: caller.roles });
  } else if (caller.scopes.includes("reports:read")) {
    response.json({ reports: [], program: caller.clientId });
  } else {
    response.status(403).json({ error: "forbidden" });
  }
});
app.get("/reports/everyone", expressVerify(verifier.requireRole("admin", "owner")), (_request, response) => {
  response.json({ reports: ["Ada: January", "Grace: January"] });
});
app.listen(Number(port), () => console.log(`Listening at ${origin}`));
