"use client";

import { useEffect, useState } from "react";
import { countersign } from "../../lib/countersign";

/** Whether the account has a password. Until that is known, and where it cannot be asked: yes, as almost all have. */
export function useHasPassword(): boolean {
  const [hasPassword, setHasPassword] = useState(true);
  useEffect(() => {
    let isGone = false;
    countersign()
      .trpc.security.overview.query()
      .then(
        ({ password }) => {
          if (!isGone) setHasPassword(password !== null);
        },
        () => undefined,
      );
    return () => {
      isGone = true;
    };
  }, []);
  return hasPassword;
}
