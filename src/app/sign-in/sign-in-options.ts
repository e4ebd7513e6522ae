import type { Auth } from "../../client/session/auth";
import type { PasskeyBrowser } from "../lib/passkey-browser";
import type { Solve } from "./captcha-work";

/** What the sign-in page's course needs of the world outside it. */
export interface SignInFlowOptions {
  readonly auth: Pick<Auth, "getTicket" | "signInWithPassword" | "signInWithPasskey">;
  /** Draws a new picture. @returns its address in this page, or that this check is over */
  readonly loadPicture: (captchaId: string) => Promise<LoadedPicture>;
  readonly solve: Solve;
  readonly passkeys: PasskeyBrowser;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly isOnline: () => boolean;
  readonly isSecure: () => boolean;
  /** Called once, when the browser has its session. */
  readonly onSignedIn: () => void;
}

export type LoadedPicture =
  | { readonly status: "shown"; readonly address: string }
  | { readonly status: "gone" | "failed" };

export interface TypedCredentials {
  readonly username: string;
  readonly password: string;
  /** What was read from the picture, if one was shown. */
  readonly characters: string;
}
