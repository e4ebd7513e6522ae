import { OperatorError } from "../../platform/operator-error";
import type { Foundation } from "./foundation";

/**
 * A passkey serves the relying party that it was made for and no other (WebAuthn Level 3, section 4): under another one it
 * is dead, though its owner still sees it in the browser.
 *
 * @throws OperatorError where there are passkeys of another one
 */
export async function requireSameRelyingParty({ environment, stores }: Foundation): Promise<void> {
  const id = environment.relyingParty?.id ?? null;
  const dead = await stores.passkeys.countOfOthers(id);
  if (dead === 0) return;
  const count = dead === 1 ? "1 passkey was" : `${dead} passkeys were`;
  throw new OperatorError(
    `${count} made for another host than ${id ?? "an address without a name"} and could not be used here. Set APP_URL or PASSKEY_RP_ID as it was before. To give them up, delete the rows of the table Passkey.`,
  );
}
