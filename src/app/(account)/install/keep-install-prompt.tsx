"use client";

import { useEffect } from "react";
import { keepInstallPrompt } from "./install-prompt";

/** Catches the browser's own offer to install where it would disturb. */
export function KeepInstallPrompt() {
  useEffect(keepInstallPrompt, []);
  return null;
}
