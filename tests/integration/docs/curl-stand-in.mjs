/** The few options of curl that the README uses, for machines that have none. */
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: "boolean", short: "s" },
    request: { type: "string", short: "X" },
    header: { type: "string", short: "H", multiple: true },
    data: { type: "string", short: "d", multiple: true },
    "data-urlencode": { type: "string", multiple: true },
    "write-out": { type: "string", short: "w" },
  },
});

const encoded = (values["data-urlencode"] ?? []).map((field) => {
  const at = field.indexOf("=");
  return `${field.slice(0, at)}=${encodeURIComponent(field.slice(at + 1))}`;
});
const fields = [...(values.data ?? []), ...encoded];
const headers = new Headers((values.header ?? []).map((line) => line.split(/:\s*/, 2)));
if (fields.length > 0) headers.set("content-type", "application/x-www-form-urlencoded");

const response = await fetch(positionals[0], {
  method: values.request ?? (fields.length > 0 ? "POST" : "GET"),
  headers,
  ...(fields.length > 0 ? { body: fields.join("&") } : {}),
});
process.stdout.write(await response.text());
const writeOut = values["write-out"] ?? "";
process.stdout.write(writeOut.replace("%{http_code}", String(response.status)).replaceAll("\\n", "\n"));
