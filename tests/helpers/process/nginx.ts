import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const areThere = [
  ["nginx", "-v"],
  ["openssl", "version"],
].every(([program = "", argument = ""]) => spawnSync(program, [argument]).status === 0);
if (!areThere) {
  console.warn("nginx or openssl is not installed: their tests are left out (apt-get install nginx-light)");
}
export const hasNginx = areThere;

export interface ExampleOptions {
  /** Host and port that Countersign and the application listen on. */
  readonly countersign: string;
  readonly application: string;
  /** The public origins. Over http, Countersign is reached without nginx. */
  readonly accounts: URL;
  readonly site: URL;
  /** More to put into the site's server. */
  readonly locations?: string;
}

/** Runs examples/nginx/countersign.conf with other names and ports. @returns the function that ends it */
export async function startExample(options: ExampleOptions): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-nginx-"));
  // Started by root, nginx serves as nobody.
  chmodSync(folder, 0o755);
  if (options.site.protocol === "https:")
    makeCertificate(folder, [options.accounts.hostname, options.site.hostname]);
  const file = path.join(folder, "nginx.conf");
  writeFileSync(path.join(folder, "countersign.conf"), configuration(options));
  writeFileSync(file, around("countersign.conf"));
  const nginx = spawn("nginx", ["-p", folder, "-c", file, "-g", "daemon off;"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  nginx.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const port = Number(options.site.port);
  for (let tries = 0; !(await accepts(port)); tries += 1) {
    if (tries > 200 || nginx.exitCode !== null) throw new Error(`nginx did not start: ${errors}`);
    await sleep(50);
  }
  return async () => {
    if (nginx.exitCode === null) {
      nginx.kill("SIGTERM");
      await once(nginx, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  };
}

/** As distributions have it that include the files of sites: some settings of sites are there for all, with other values. */
function around(site: string): string {
  return `worker_processes auto;
pid nginx.pid;
error_log stderr warn;
events {}
http {
  ssl_protocols TLSv1.1 TLSv1.2;
  ssl_prefer_server_ciphers on;
  access_log access.log;
  gzip on;
  include ${site};
}
`;
}

/**
 * What nginx itself says of the file of a site, as it is included among others.
 *
 * @param text its certificates are replaced by one that is made here
 */
export function testSite(text: string): { status: number | null; output: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-nginx-"));
  try {
    makeCertificate(folder, ["accounts.example.com", "reports.example.com"]);
    writeFileSync(
      path.join(folder, "countersign.conf"),
      text
        .replace(/(ssl_certificate +)\S+;/g, "$1example.com.pem;")
        .replace(/(ssl_certificate_key +)\S+;/g, "$1example.com.key;")
        .replaceAll("/var/log/nginx/", ""),
    );
    const file = path.join(folder, "nginx.conf");
    writeFileSync(file, around("countersign.conf"));
    const { status, stderr } = spawnSync("nginx", ["-t", "-p", folder, "-c", file], { encoding: "utf8" });
    return { status, output: stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration({ countersign, application, accounts, site, locations = "" }: ExampleOptions): string {
  const example = readFileSync("examples/nginx/countersign.conf", "utf8");
  const isTls = site.protocol === "https:";
  const replacements: readonly (readonly [RegExp, string])[] = [
    [/127\.0\.0\.1:3000/g, countersign],
    [/127\.0\.0\.1:8000/g, application],
    [/https:\/\/accounts\.example\.com/g, accounts.origin],
    [/https:\/\/reports\.example\.com/g, site.origin],
    [/server_name accounts\.example\.com/, `server_name ${isTls ? accounts.hostname : "accounts.invalid"}`],
    [/server_name reports\.example\.com/, `server_name ${site.hostname}`],
    [/listen 443 ssl http2/g, `listen 127.0.0.1:${site.port}${isTls ? " ssl http2" : ""}`],
    [/.*listen \[::\].*\n/g, ""],
    [/server \{\n +listen 80;[\s\S]*?\n\}\n/, ""],
    [/.* ssl_.*\n/g, isTls ? "$&" : ""],
    [/( +)# For the site's own "Sign out" link\./, `${locations.replaceAll("$", "$$$$")}\n$&`],
  ];
  return replacements.reduce((text, [pattern, value]) => {
    if (!pattern.test(text)) throw new Error(`the example has no ${pattern}`);
    pattern.lastIndex = 0;
    return text.replace(pattern, value);
  }, example);
}

function makeCertificate(folder: string, hosts: readonly string[]): void {
  const names = `subjectAltName=${hosts.map((host) => `DNS:${host}`).join()}`;
  const { status, stderr } = spawnSync("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=example".split(" "),
    ...["-addext", names, "-keyout", path.join(folder, "example.com.key")],
    ...["-out", path.join(folder, "example.com.pem")],
  ]);
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
