/** One breach of each kind. A check that lets its own breach pass does not guard anything. */
export const plantedAwaits = [
  'const response = await fetch("/api/auth/setup");',
  "const response = await deps.fetch(url, init);",
  'const key = await crypto.subtle.generateKey(algorithm, false, ["sign"]);',
  'const key = await importJWK(jwk, "ECDH-ES");',
  'const database = indexedDB.open("countersign");',
  'await navigator.locks.request("name", () => work());',
  "const { held } = await locks.query();",
  "const { QrPanel } = await import('./qr-panel');",
  "const stream = await navigator.mediaDevices.getUserMedia({ video: true });",
  "await track.applyConstraints({ advanced: [] });",
  "await video.play();",
  'await navigator.permissions.query({ name: "camera" });',
  'await navigator.serviceWorker.register("/worker.js");',
  "await navigator.clipboard.writeText(text);",
  "const body = await response.json();",
  "const text = await response.clone().text();",
  "const { done } = await reader.read();",
];

/** What must pass: whatever has a limit. */
export const permittedAwaits = `
const { QrPanel } = await loadPart(() => import("./qr-panel"));
const response = await wholeAnswer((signal) => fetch("/api/auth/setup", { signal }));
const key = await withinTime("keys", crypto.subtle.generateKey(algorithm, false, ["sign"]));
const { held } = await withinTime("storage", locks.query(), 1_000);
const body = read(response);
const session = await session.load();
`;
