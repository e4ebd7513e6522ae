import type { LanCandidate } from "../../platform/lan/addresses";
import { terminalQr } from "../../platform/lan/terminal-qr";
import type { LanMode } from "./lan-mode";
import { ROOT_PATH } from "./lan-server";

/** The part of a terminal that matters here; a pipe has neither size nor colours. */
interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What someone with a phone in hand needs to know: the address, as a code too, and what is going to look wrong. */
export function announceLan({ address, certificate }: LanMode, terminal: Terminal): string {
  const { appUrl, interfaceName, others } = address;
  const lines = [
    ...codeLines(appUrl, terminal),
    "Scan it with the camera of a phone on the same network, and open the same address on this computer.",
    "Browsers warn once: this certificate was made here, and nobody they know vouches for it. Go on past the warning;",
    "docs/how-to/real-phone.md shows how, and how to install the phone app, for which the phone has to trust it:",
    `  ${appUrl.origin}${ROOT_PATH}`,
    `  SHA-256 ${certificate.rootFingerprint}`,
    ...(interfaceName === undefined ? [] : [networkLine(appUrl, interfaceName)]),
    ...others.map((other) => otherLine(other, appUrl)),
    "Ctrl+C stops it.",
  ];
  return `\n${lines.map((line) => `  ${line}`.trimEnd()).join("\n")}\n\n`;
}

function codeLines(appUrl: URL, { isTTY = false, columns }: Terminal): readonly string[] {
  const isColoured = isTTY && process.env.NO_COLOR === undefined;
  const lines = terminalQr(appUrl.origin, isColoured ? "coloured" : "plain");
  const width = terminalQr(appUrl.origin, "plain")[0]?.length ?? 0;
  return columns !== undefined && columns < width + 2 ? [] : [...lines, ""];
}

function networkLine(appUrl: URL, interfaceName: string): string {
  return `The address is that of ${interfaceName}. When it changes, start again: ${appUrl.hostname} is then another site to browsers.`;
}

function otherLine({ address, interfaceName }: LanCandidate, { port }: URL): string {
  const origin = `https://${address}${port === "" ? "" : `:${port}`}`;
  return `Also here: ${interfaceName}. To take that: APP_URL=${origin} npm start -- --lan`;
}
