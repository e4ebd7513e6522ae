/** The npm that runs us, so that the lock file is read by the version the user chose. */
export function npmCommand() {
  const npm = process.env.npm_execpath;
  if (npm && /npm-cli\.c?js$/.test(npm)) return [process.execPath, npm];
  return [process.platform === "win32" ? "npm.cmd" : "npm"];
}
