"use client";

import { useEffect, useState } from "react";
import { countersign } from "../../lib/countersign";

/** Tells a password manager whose password is being changed. People see nothing of it. */
export function OwnUsername() {
  const [username, setUsername] = useState("");
  useEffect(() => {
    let isGone = false;
    countersign()
      .trpc.auth.me.query()
      .then(
        ({ user }) => {
          if (!isGone) setUsername(user.username);
        },
        () => undefined,
      );
    return () => {
      isGone = true;
    };
  }, []);
  return <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />;
}
