import type { SecondFactorRequired } from "countersign/client";
import { type FormEvent, useState } from "react";

/** After a right password, for an account that has an authenticator app: six digits, or one of its recovery codes. */
export function SecondFactorForm({ question }: { readonly question: SecondFactorRequired }) {
  const [sentence, setSentence] = useState("Type the code that your authenticator app shows.");
  const { kinds } = question;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code"));
    const kind = /^[\d\s]+$/.test(code) ? "totp" : "recovery_code";
    const outcome = await question.answer({ kind, code });
    if (outcome.status === "wrong") setSentence("That is not the code. Try again.");
    else if (outcome.status !== "signed_in") setSentence("Sign in with your password again.");
  }

  if (kinds.includes("enrol")) {
    return <p role="status">Sign in at Countersign’s own page first: there you add an authenticator app.</p>;
  }
  // Passkeys are for Countersign's own pages.
  if (!kinds.includes("totp"))
    return <p role="status">Use the QR code: this page cannot use your passkey.</p>;
  return (
    <form onSubmit={submit}>
      <label htmlFor="code">Code</label>
      <input id="code" name="code" autoComplete="one-time-code" required />
      <button type="submit">Continue</button>
      <p role="status">{sentence}</p>
    </form>
  );
}
