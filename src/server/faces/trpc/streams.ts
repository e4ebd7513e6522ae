/** What has no end: subscriptions, which are written by hand. */
import { qrIdInput } from "../../../contract/qr";
import { key, session } from "../../endpoints/access";
import { procedureFor } from "./init";
import { liveEventsOf } from "./live-events";
import { qrStatuses } from "./qr-statuses";

/** Tells a signed-in browser at once that its sessions changed or that its own has ended. */
export const live = procedureFor(session).subscription(({ ctx, signal }) => {
  const { user, session: own } = ctx.known;
  return liveEventsOf(ctx.call.container, { userId: user.id, sessionId: own.id }, signal);
});

/** The state of a QR code and its changes, for the computer whose key asked for it. */
export const watch = procedureFor(key)
  .input(qrIdInput)
  .subscription(async function* ({ ctx, input, signal }) {
    const { qrRequests, qrWatch } = ctx.call.container;
    await qrRequests.findToWatch(input.qr_id, ctx.known);
    yield* qrStatuses(qrWatch, input.qr_id, signal);
  });
