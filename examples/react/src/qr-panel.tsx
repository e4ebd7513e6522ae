import type { QrSignInView } from "countersign/client";
import { useQrSignIn } from "countersign/react";
import encodeQR from "qr";
import { useId } from "react";

/** Signs in with a phone that is signed in at Countersign. The code is asked for while this is shown, and not before. */
export function QrPanel() {
  const { view, renew, cancel, enterCode } = useQrSignIn();
  const code = view.status === "waiting" ? view.code : undefined;
  const canRenew = ["denied", "cancelled", "expired", "interrupted", "unavailable"].includes(view.status);
  return (
    <section>
      {code && <img className="qr" src={pictureOf(code.payload)} alt="QR code for a signed-in phone" />}
      <p role="status">{sentenceOf(view)}</p>
      {code && (
        <p className="muted">
          Can’t scan? Type <strong>{code.userCode}</strong> at{" "}
          <strong>{code.verificationUri.replace(/^https?:\/\//, "")}</strong>
        </p>
      )}
      {view.status === "scanned" && view.confirmation.kind === "code" && (
        <Digits onComplete={enterCode} status={view.confirmation.entry.status} />
      )}
      {view.status === "scanned" && (
        <button type="button" className="plain" onClick={cancel}>
          Cancel
        </button>
      )}
      {canRenew && (
        <button type="button" onClick={renew}>
          New code
        </button>
      )}
    </section>
  );
}

/** The phone shows six digits when it is in another network than this computer. */
function Digits({ onComplete, status }: { onComplete: (digits: string) => void; status: string }) {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>Six digits from the phone</label>
      <input
        id={id}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={6}
        aria-invalid={status === "wrong"}
        onChange={({ target }) => target.value.length === 6 && onComplete(target.value)}
      />
    </>
  );
}

function pictureOf(payload: string): string {
  return `data:image/svg+xml,${encodeURIComponent(encodeQR(payload, "svg", { border: 4 }))}`;
}

function sentenceOf(view: QrSignInView): string {
  switch (view.status) {
    case "starting":
      return "A code is on its way …";
    case "waiting":
      return "Scan with your signed-in phone";
    case "scanned":
      if (view.confirmation.kind === "tap") return `Scanned by ${view.scannedBy}. Approve it on the phone.`;
      return view.confirmation.entry.status === "wrong"
        ? "Those are not the digits. Try again."
        : `Scanned by ${view.scannedBy}. Type the digits that the phone shows.`;
    case "approved":
    case "signed_in":
      return "Approved. Signing in …";
    case "denied":
      return "Declined on the phone.";
    case "unknown_device":
      return "Sign in on this computer with your passkey or password first. After that, codes work here too.";
    case "cancelled":
      return "Cancelled.";
    case "expired":
      return "The code is too old.";
    case "interrupted":
      return "The connection was lost. Ask for a new code.";
    case "offline":
      return "You are offline. A new code comes when you are connected again.";
    case "unavailable":
      return view.cause === "network"
        ? "The sign-in service does not answer this page. Its log may say why."
        : "The sign-in service has no code now. Try again later.";
  }
}
