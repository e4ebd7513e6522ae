/** A service of its own that accepts access tokens of Countersign, and verifies them without asking it. */
import { createVerifier, expressVerify } from "countersign/verify";
import express from "express";

const port = process.env.PORT ?? "4000";
const origin = process.env.ORIGIN ?? `http://localhost:${port}`;

const verifier = createVerifier({
  issuer: process.env.COUNTERSIGN_URL ?? "http://localhost:3000",
  // Whose tokens are let in: those of people who sign in at Countersign, by password or QR code.
  audience: process.env.COUNTERSIGN_URL ?? "http://localhost:3000",
  // Where callers reach this service: their proofs name it.
  origin,
  onRefused: ({ code, mismatch }) => console.warn("refused", code, mismatch),
});

const app = express();
app.use("/reports", expressVerify(verifier));
app.get("/reports", (request, response) => {
  const { userId, roles } = request.caller;
  response.json({ reports: [], userId, roles });
});
app.listen(Number(port), () => console.log(`Listening at ${origin}`));
