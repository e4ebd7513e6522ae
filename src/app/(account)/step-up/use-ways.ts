"use client";

import { useEffect, useState } from "react";
import type { Acr } from "../../../contract/assurance";
import { countersign } from "../../lib/countersign";
import { hasPasskeys } from "../../lib/passkey-signals";
import { type Ways, waysOf } from "./ways";

/** By what the user can prove who they are; null until that is known. */
export function useWays(wanted: Acr): Ways | null {
  const [ways, setWays] = useState<Ways | null>(null);
  useEffect(() => {
    let isGone = false;
    countersign()
      .trpc.security.overview.query()
      .catch(() => undefined)
      .then((account) => {
        if (!isGone) setWays(waysOf(account, wanted, hasPasskeys()));
      });
    return () => {
      isGone = true;
    };
  }, [wanted]);
  return ways;
}
