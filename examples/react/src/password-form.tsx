import type { SignInOutcome } from "countersign/client";
import { useSignIn } from "countersign/react";
import { type FormEvent, useState } from "react";
import { SecondFactorForm } from "./second-factor-form";

interface Picture {
  readonly url: string;
  /** Whether the characters of the one before were wrong. */
  readonly isAnother: boolean;
  /** With the characters that are in it; without them the device calculates instead. */
  readonly answer: (characters?: string) => void;
}

const focus = (element: HTMLElement | null) => element?.focus();

/** Name and password. After wrong passwords a picture comes between, which the person reads or leaves to the device. */
export function PasswordForm() {
  const { signIn, isPending, outcome } = useSignIn();
  const [picture, setPicture] = useState<Picture>();
  const [secondsLeft, setSecondsLeft] = useState<number>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    let pictures = 0;
    await signIn({
      username: String(form.get("username")),
      password: String(form.get("password")),
      captcha: "solve",
      onCaptcha: ({ atMostInMs, elapsedInMs }) =>
        setSecondsLeft(atMostInMs && Math.ceil((atMostInMs - elapsedInMs) / 1000)),
      readPicture: ({ url }) =>
        new Promise((done) => {
          const answer = (characters?: string) => {
            setPicture(undefined);
            done(characters);
          };
          pictures += 1;
          setPicture({ url, isAnother: pictures > 1, answer });
        }),
    });
    setSecondsLeft(undefined);
  }

  function submitCharacters(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    picture?.answer(String(new FormData(event.currentTarget).get("characters")));
  }

  if (outcome?.status === "second_factor_required" && !isPending) {
    return (
      <section>
        <SecondFactorForm question={outcome} />
      </section>
    );
  }
  return (
    <section>
      <form onSubmit={submit}>
        <label htmlFor="username">Username</label>
        <input id="username" name="username" autoComplete="username" autoCapitalize="none" required />
        <label htmlFor="password">Password</label>
        <input id="password" name="password" type="password" autoComplete="current-password" required />
        {!picture && (
          <button type="submit" disabled={isPending}>
            Sign in
          </button>
        )}
      </form>
      {picture && (
        <form onSubmit={submitCharacters}>
          <img className="captcha" src={picture.url} alt="Characters to type" />
          <label htmlFor="characters">Characters in the picture</label>
          <input
            id="characters"
            name="characters"
            autoComplete="off"
            autoCapitalize="none"
            required
            ref={focus}
          />
          <button type="submit">Continue</button>
          <button type="button" className="plain" onClick={() => picture.answer()}>
            I cannot read it
          </button>
        </form>
      )}
      <p role="status">{isPending ? progress(picture, secondsLeft) : outcome && sentenceOf(outcome)}</p>
    </section>
  );
}

function progress(picture: Picture | undefined, secondsLeft: number | undefined) {
  if (picture?.isAnother) return "Those were not the characters. Here is another picture.";
  if (picture) return "Please type the characters first.";
  return secondsLeft ? `Checking this device: ${secondsLeft} s at most.` : "Signing in …";
}

/** Each outcome is a case of its own, and the compiler says when one is forgotten. */
function sentenceOf(outcome: SignInOutcome): string {
  switch (outcome.status) {
    case "signed_in":
      return "You are signed in.";
    case "second_factor_required":
      return "One more step.";
    case "deletion_pending":
      return "This account is going to be deleted. To keep it, sign in on Countersign’s own page.";
    case "invalid_credentials":
      return "Username or password is incorrect.";
    case "too_many_attempts":
      return `Too many tries. Wait ${outcome.retryAfterInSeconds ?? 60} seconds.`;
    case "captcha_required":
    case "captcha_failed":
    case "ticket_expired":
      return "The check did not finish. Try again; your password is still here.";
    case "unavailable":
      return outcome.hint ?? "The sign-in service does not answer. Try again.";
    case "refused":
      return outcome.message;
  }
}
