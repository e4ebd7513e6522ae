"use client";

import { useEffect, useState } from "react";
import { countersign } from "../lib/countersign";

/** The name with which the signed-in user signs in; null until it is known. */
export function useOwnUsername(): string | null {
  const [username, setUsername] = useState<string | null>(null);
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
  return username;
}
