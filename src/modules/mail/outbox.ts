import type { Clock, RandomSource } from "../ports";
import { SealError, type Sealer } from "../sealed";
import { newId } from "../secret-hash";
import type { MailData, NewMail, OutgoingMailRecord } from "./mail";

/** Makes the rows of mails. The change that a mail tells of inserts them: neither comes without the other. */
export class Outbox {
  readonly #options: { readonly sealer: Sealer; readonly clock: Clock; readonly random: RandomSource };

  constructor(options: { readonly sealer: Sealer; readonly clock: Clock; readonly random: RandomSource }) {
    this.#options = options;
  }

  /** @returns the row, due at once; what it is made of is in it sealed */
  prepare({ data, ...mail }: NewMail): OutgoingMailRecord {
    const { sealer, clock, random } = this.#options;
    const id = newId(random);
    const now = clock.now();
    const sealedData = sealer.seal(JSON.stringify(data), id);
    return { ...mail, id, sealedData, tries: 0, createdAt: now, dueAt: now };
  }

  /** @returns undefined where the secret that it was sealed with is gone */
  open({ id, sealedData }: Pick<OutgoingMailRecord, "id" | "sealedData">): MailData | undefined {
    try {
      return JSON.parse(this.#options.sealer.open(sealedData, id)) as MailData;
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
  }
}
