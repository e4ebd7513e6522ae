"use client";

import { useMemo } from "react";
import { Approval } from "../../approval/approval";

/** The request that the opened link names. */
export function ScannedLink({ qrId, displayName }: { qrId: string; displayName: string }) {
  const target = useMemo(() => ({ qr_id: qrId }), [qrId]);
  return <Approval target={target} displayName={displayName} />;
}
