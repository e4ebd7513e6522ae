"use client";

import { useEffect } from "react";
import { trpc } from "../../../client/react/trpc";
import { signal } from "../../lib/passkey-signals";

/** Tells the browser which passkeys the account has, and what it is called: after each sign-in, and after each change. */
export function usePasskeySignals(): void {
  const list = trpc.passkeys.list.useQuery().data;
  const user = trpc.auth.me.useQuery().data?.user;
  const name = user?.username;
  const displayName = user?.display_name;
  useEffect(() => {
    if (list?.rp_id === undefined) return;
    const { rp_id: rpId, user_handle: userId, passkeys } = list;
    signal("signalAllAcceptedCredentials", {
      rpId,
      userId,
      allAcceptedCredentialIds: passkeys.map(({ id }) => id),
    });
  }, [list]);
  const rpId = list?.rp_id;
  const userId = list?.user_handle;
  useEffect(() => {
    if (rpId === undefined || userId === undefined || name === undefined || displayName === undefined) return;
    signal("signalCurrentUserDetails", { rpId, userId, name, displayName });
  }, [rpId, userId, name, displayName]);
}
