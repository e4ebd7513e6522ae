import { DomainError } from "../domain-error";
import type { SecretRing } from "../ports";
import { SealError, type Sealer } from "../sealed";
import type { SecondFactorStore } from "./record";

/** Apps that are sealed anew by one statement's list. */
const SLICE = 500;

const appIsLost =
  "This app’s codes can no longer be checked. Please use a recovery code, or ask the operator to remove your second factor.";

/** @throws DomainError `invalid_code` with what to do, when the secret of the installation that it was sealed with is gone */
export function openTotp(sealer: Sealer, sealed: string, userId: string): string {
  try {
    return sealer.open(sealed, userId);
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new DomainError("invalid_code", { message: appIsLost }, { cause });
  }
}

/**
 * Seals with the newest secret of the installation what was sealed with an older one, so that the older can be given up.
 *
 * @returns how many
 */
export async function sealAllAnew({
  store,
  sealer,
  secrets,
}: {
  readonly store: SecondFactorStore;
  readonly sealer: Sealer;
  readonly secrets: SecretRing;
}): Promise<number> {
  let count = 0;
  let slice = await store.listSealedWithOther(secrets.currentId, "", SLICE);
  while (slice.length > 0) {
    for (const { userId, secret } of slice) {
      const plain = openOrUndefined(sealer, secret, userId);
      if (plain === undefined) continue;
      if (await store.sealAnew(userId, secret, sealer.seal(plain, userId))) count += 1;
    }
    slice = await store.listSealedWithOther(secrets.currentId, slice.at(-1)?.userId ?? "", SLICE);
  }
  return count;
}

/** Those whose secret is gone stay as they are: it may come back. */
function openOrUndefined(sealer: Sealer, sealed: string, userId: string): string | undefined {
  try {
    return sealer.open(sealed, userId);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}
