// Imported first by every command, so that an old Node gets this sentence and not a syntax error from some package.
const MINIMUM = [20, 19];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
  console.error(
    `Countersign needs Node ${MINIMUM.join(".")} or newer; this is ${process.versions.node}. See https://nodejs.org.`,
  );
  process.exit(1);
}
