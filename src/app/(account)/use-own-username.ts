"use client";

import { useEffect, useState } from "react";
import { countersign } from "../lib/countersign";

/** The name that whoever is signed in signs in with; null until it is known. */
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
