// Loaded before every command, so that an old Node gets this sentence and not a syntax error from some package. In words that
// any Node understands: `npm start` loads it before it reads the first module.
const MINIMUM = [20, 19];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
  console.error(
    `Countersign needs Node 22.14 or newer, or ${MINIMUM.join(".")}; this is ${process.versions.node}. See https://nodejs.org.`,
  );
  process.exit(1);
}
