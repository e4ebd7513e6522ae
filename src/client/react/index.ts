"use client";

export type { CountersignClient } from "../create-client";
export type { QrSignInView } from "../qr";
/** Countersign in React: a provider, hooks for session and sign-in, and the typed API over React Query. */
export type { RestoreOutcome, SignOutOutcome } from "../session/auth";
export type { DeletionPending, KeepOutcome } from "../session/deletion";
export type {
  EnrolOutcome,
  SecondFactorAnswer,
  SecondFactorOutcome,
  SecondFactorRequired,
} from "../session/second-factor";
export type { PasswordSignIn, SignInOutcome } from "../session/sign-in";
export type { StepUpCode, StepUpOutcome, StepUpProof } from "../session/step-up";
export type { StepUpRequired } from "../session/waiting-calls";
export { useCountersign } from "./context";
export { CountersignProvider, type CountersignProviderProps } from "./provider";
export { trpc } from "./trpc";
export { type QrSignInHook, useQrSignIn } from "./use-qr-sign-in";
export { type SessionView, useSession } from "./use-session";
export { type SignIn, useSignIn } from "./use-sign-in";
export { type SignOut, useSignOut } from "./use-sign-out";
export { type StepUp, useStepUp } from "./use-step-up";
