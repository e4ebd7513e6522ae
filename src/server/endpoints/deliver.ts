import type { TokenOutput } from "../../contract/schemas";
import type { IssuedTokens } from "../../modules/sessions";
import type { Caller } from "../request/caller";
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
