// What a program needs to run at all. Everything else stays outside, so that no setting of the operator, and no secret, can
// end up in the build: one build serves every configuration.
const PASSED_ON = new Set([
  "APPDATA",
  "COMSPEC",
  "HOME",
  "LANG",
  "LC_ALL",
  "LOCALAPPDATA",
  "NODE_EXTRA_CA_CERTS",
  "NODE_OPTIONS",
  "PATH",
  "PATHEXT",
  "SYSTEMROOT",
  "TEMP",
  "TMP",
  "TMPDIR",
  "USERPROFILE",
  "XDG_CACHE_HOME",
]);

/** @returns {NodeJS.ProcessEnv} */
export function buildEnvironment() {
  const passedOn = Object.entries(process.env).filter(([name]) => PASSED_ON.has(name.toUpperCase()));
  return { ...Object.fromEntries(passedOn), NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
}
