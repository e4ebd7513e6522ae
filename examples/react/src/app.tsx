import { useSession } from "countersign/react";
import { Account } from "./account";
import { PasswordForm } from "./password-form";
import { QrPanel } from "./qr-panel";

/** One page, four states: nobody knows yet, nobody is signed in, somebody is, and the service does not answer. */
export function App() {
  const session = useSession();
  switch (session.status) {
    case "loading":
      return <main aria-busy="true" />;
    case "unavailable":
      return (
        <main>
          <h1>Reports</h1>
          <p role="alert">The sign-in service does not answer.</p>
          <button type="button" onClick={session.retry}>
            Try again
          </button>
        </main>
      );
    case "signed_out":
      return (
        <main>
          <h1>Sign in to Reports</h1>
          <div className="columns">
            <PasswordForm />
            <QrPanel />
          </div>
        </main>
      );
    case "signed_in":
      return (
        <main>
          <Account user={session.user} method={session.session.method} />
        </main>
      );
  }
}
