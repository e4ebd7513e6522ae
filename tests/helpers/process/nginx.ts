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

/** Runs examples/nginx/nginx.conf with other names and ports. @returns the function that ends it */
export async function startExample(options: ExampleOptions): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-nginx-"));
  // Started by root, nginx serves as nobody.
  chmodSync(folder, 0o755);
  if (options.site.protocol === "https:") makeCertificate(folder, options);
  const file = path.join(folder, "nginx.conf");
  writeFileSync(file, configuration(options));
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

function configuration({ countersign, application, accounts, site, locations = "" }: ExampleOptions): string {
  const example = readFileSync("examples/nginx/nginx.conf", "utf8");
  const isTls = site.protocol === "https:";
  const replacements: readonly (readonly [RegExp, string])[] = [
    [/127\.0\.0\.1:3000/g, countersign],
    [/127\.0\.0\.1:8000/g, application],
    [/https:\/\/accounts\.example\.com/g, accounts.origin],
    [/https:\/\/reports\.example\.com/g, site.origin],
    [/server_name accounts\.example\.com/, `server_name ${isTls ? accounts.hostname : "accounts.invalid"}`],
    [/server_name reports\.example\.com/, `server_name ${site.hostname}`],
    [/listen 443 ssl/g, `listen 127.0.0.1:${site.port}${isTls ? " ssl http2" : ""}`],
    [/.*ssl_certificate.*\n/g, isTls ? "$&" : ""],
    [/( +)# For the site's own "Sign out" link\./, `${locations.replaceAll("$", "$$$$")}\n$&`],
  ];
  return replacements.reduce((text, [pattern, value]) => {
    if (!pattern.test(text)) throw new Error(`the example has no ${pattern}`);
    pattern.lastIndex = 0;
    return text.replace(pattern, value);
  }, example);
}

function makeCertificate(folder: string, { accounts, site }: ExampleOptions): void {
  const names = `subjectAltName=DNS:${accounts.hostname},DNS:${site.hostname}`;
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
