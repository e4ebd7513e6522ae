"use client";

import { useOwnUsername } from "../use-own-username";

/** Tells a password manager whose password is being changed. People see nothing of it. */
export function OwnUsername() {
  const username = useOwnUsername() ?? "";
  return <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />;
}
