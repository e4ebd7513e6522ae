import type { TokenOutput } from "../../contract/schemas";
import type { IssuedTokens } from "../../modules/sessions";
import type { Caller } from "../request/caller";
import type { Environment } from "../settings/environment";
import { presentTokens } from "./present";

/** Hands over new tokens: the refresh token in the answer, or in a sealed cookie. */
export async function deliver(
  caller: Caller,
  tokens: IssuedTokens,
  delivery: "body" | "cookie",
): Promise<TokenOutput> {
  if (delivery === "cookie") await caller.tokenCookies.save(tokens);
  return presentTokens(tokens, delivery);
}

/** Sees to it, before anything is used up, that new tokens can be handed over as they are asked for. @throws DomainError */
export async function requireDeliverable(
  caller: Caller,
  environment: Environment,
  delivery: "body" | "cookie",
): Promise<void> {
  const mustProve = delivery === "cookie" || environment.requiresBinding || caller.isFromBrowser();
  if (mustProve) await caller.requireKeyThumbprint();
  if (delivery === "cookie") caller.tokenCookies.requireSupport();
}
