import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codeBlocks, readDocument } from "../../helpers/markdown";
import { hasNginx, testSite } from "../../helpers/process/nginx";

const [ofTheGuide = ""] = codeBlocks(readDocument("docs/how-to/behind-a-reverse-proxy.md"), "nginx");

describe.runIf(hasNginx)("a configuration of nginx in the documents", () => {
  it.each([
    ["examples/nginx/countersign.conf", readFileSync("examples/nginx/countersign.conf", "utf8")],
    ["the one behind a reverse proxy", ofTheGuide],
  ])("can be put among the files of sites as it is: %s", (_name, text) => {
    const servers = text.match(/listen \S*443 ssl.*/g) ?? [];
    expect(servers).not.toEqual([]);
    expect(servers.filter((line) => !line.includes(" http2"))).toEqual([]);
    expect(text.match(/^\s*ssl_protocols TLSv1\.2 TLSv1\.3;/gm)).toHaveLength(servers.length / 2);
    const { status, output } = testSite(text);
    expect(output).toContain("test is successful");
    expect(status).toBe(0);
    expect(output).not.toContain("[emerg]");
  });
});
