import type { QrStatusOutput } from "../../../contract/qr";
import type { QrWatch } from "../../../modules/qr-login";
import { presentQrStatus } from "../../endpoints/present-qr";

/** What becomes of a request, until its end, the signal, or the consumer's return. */
export async function* qrStatuses(
  watch: QrWatch,
  qrId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<QrStatusOutput> {
  const queue: QrStatusOutput[] = [];
  let hasEnded = false;
  let wake = () => {};
  const end = () => {
    hasEnded = true;
    wake();
  };
  const stop = watch.watch(qrId, {
    next(row, now) {
      queue.push(presentQrStatus(row, now));
      wake();
    },
    end,
  });
  signal?.addEventListener("abort", end);
  try {
    while (signal?.aborted !== true) {
      const status = queue.shift();
      if (status) yield status;
      else if (hasEnded) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stop();
    signal?.removeEventListener("abort", end);
  }
}
