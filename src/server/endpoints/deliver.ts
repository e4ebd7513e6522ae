import type { TokenOutput } from "../../contract/schemas";
import type { IssuedTokens } from "../../modules/sessions";
import { presentTokens } from "../present";
import type { Caller } from "./caller";

/** Hands over new tokens: the refresh token in the answer, or in a sealed cookie. */
export async function deliver(
  caller: Caller,
  tokens: IssuedTokens,
  delivery: "body" | "cookie",
): Promise<TokenOutput> {
  if (delivery === "cookie") await caller.tokenCookies.save(tokens);
  return presentTokens(tokens, delivery);
}
