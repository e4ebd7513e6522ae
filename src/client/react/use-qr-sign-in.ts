import { useEffect, useMemo, useRef, useState } from "react";
import type { QrSignIn, QrSignInView } from "../qr";
import { useCountersignContext } from "./context";

/** A sign-in by QR code and what can be done about it. */
export interface QrSignInHook extends Omit<QrSignIn, "stop" | "view"> {
  /** What to show: `view.code.payload` is all that the QR code holds. */
  readonly view: QrSignInView;
}

/**
 * Shows a code from when the component appears until it goes; see `Qr.start`.
 *
 * @example
 * import { useQrSignIn } from "countersign/react";
 *
 * export function QrPanel() {
 *   const { view } = useQrSignIn();
 *   return <p>{view.status}</p>;
 * }
 */
export function useQrSignIn(): QrSignInHook {
  const { client } = useCountersignContext();
  const [view, setView] = useState<QrSignInView>({ status: "starting" });
  const running = useRef<QrSignIn | undefined>(undefined);
  useEffect(() => {
    const signIn = client?.qr.start(setView);
    running.current = signIn;
    return () => signIn?.stop();
  }, [client]);
  const commands = useMemo(
    () => ({
      renew: () => running.current?.renew(),
      cancel: () => running.current?.cancel(),
      enterCode: (digits: string) => running.current?.enterCode(digits),
    }),
    [],
  );
  return { view, ...commands };
}
