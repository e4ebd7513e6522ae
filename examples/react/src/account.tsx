import { type SessionView, useCountersign, useSignOut } from "countersign/react";
import { useState } from "react";

const service = import.meta.env.VITE_SERVICE_URL ?? "http://localhost:4000";

type SignedIn = Extract<SessionView, { status: "signed_in" }>;

const focus = (element: HTMLElement | null) => element?.focus();

/** Who is signed in, and calls of a service of one's own: see ../../service. */
export function Account({ user, method }: { user: SignedIn["user"]; method: SignedIn["session"]["method"] }) {
  const client = useCountersign();
  const { signOut, isPending } = useSignOut();
  const [answer, setAnswer] = useState("");

  async function call(path: string) {
    setAnswer("Asking …");
    try {
      // Like `fetch`, with an access token and the proof of this browser's key.
      const response = await client?.fetch(service + path);
      setAnswer(response ? await sentenceOf(response) : "");
    } catch {
      setAnswer(`${service} cannot be reached.`);
    }
  }

  return (
    <>
      {/* The form that had the focus is gone: keyboards and screen readers go on from here. */}
      <h1 tabIndex={-1} ref={focus}>
        Hello, {user.display_name}
      </h1>
      <p className="muted">
        Signed in by {method === "qr" ? "QR code" : "password"} · Roles: {user.roles.join(", ")}
      </p>
      <div className="row">
        <button type="button" onClick={() => call("/reports")}>
          Show my reports
        </button>
        {/* What a page hides is a courtesy. It is the service that decides, so try it without the role too. */}
        <button type="button" onClick={() => call("/reports/everyone")}>
          Show everyone’s reports
        </button>
        <button type="button" className="plain" disabled={isPending} onClick={signOut}>
          Sign out
        </button>
      </div>
      <p role="status" className="answer">
        {answer}
      </p>
    </>
  );
}

async function sentenceOf(response: Response): Promise<string> {
  const body: { reports?: string[]; error_description?: string } = await response.json();
  if (response.ok) return body.reports?.join(" · ") || "There are no reports.";
  return `Refused (${response.status}): ${body.error_description}`;
}
