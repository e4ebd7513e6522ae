// Prints "PASSED FAILED" from Vitest's JSON report. A file that could not be loaded counts as a failure: it has no tests to count.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const brokenFiles = report.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
);
console.log(`${report.numPassedTests} ${report.numFailedTests + brokenFiles.length}`);
