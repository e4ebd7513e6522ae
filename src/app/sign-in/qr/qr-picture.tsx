"use client";

import encodeQr from "qr";
import { useMemo } from "react";
import styles from "./qr-panel.module.css";

/** ISO/IEC 18004, 5.3.8: without four light modules around it, readers do not find it. */
const QUIET_ZONE_IN_MODULES = 4;
const PLATE_IN_PX = 304;
/** Seven pixels a module for an address of up to 62 bytes; a longer one takes more modules, of fewer pixels. */
const LARGEST_MODULE_IN_PX = 7;

/** A QR code, black on white in every theme: readers do not find light ones on dark. Whole pixels, nothing in front. */
export function QrPicture({ payload, name }: { payload: string; name: string }) {
  const { path, modules } = useMemo(() => draw(payload), [payload]);
  const moduleInPx = Math.max(1, Math.min(LARGEST_MODULE_IN_PX, Math.floor(PLATE_IN_PX / modules)));
  const sizeInPx = modules * moduleInPx;
  const offsetInPx = Math.floor((PLATE_IN_PX - sizeInPx) / 2);
  return (
    <svg
      role="img"
      aria-label={name}
      className={styles.picture}
      viewBox={`0 0 ${PLATE_IN_PX} ${PLATE_IN_PX}`}
      width={PLATE_IN_PX}
      height={PLATE_IN_PX}
      shapeRendering="crispEdges"
    >
      <rect width={PLATE_IN_PX} height={PLATE_IN_PX} fill="#ffffff" />
      <path
        d={path}
        transform={`translate(${offsetInPx} ${offsetInPx}) scale(${moduleInPx})`}
        fill="#000000"
      />
    </svg>
  );
}

/** The dark modules, a run of them at a time. */
function draw(payload: string): { path: string; modules: number } {
  const rows = encodeQr(payload, "raw", { ecc: "medium", border: QUIET_ZONE_IN_MODULES });
  const runs = rows.flatMap((row, y) => {
    const text = row.map((isDark) => (isDark ? "1" : "0")).join("");
    return [...text.matchAll(/1+/g)].map(
      ({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`,
    );
  });
  return { path: runs.join(""), modules: rows.length };
}
