import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

export const hasNginx = () => spawnSync("nginx", ["-v"]).status === 0;

/**
 * Shares calls out over instances on this machine: nginx where it is installed, else a small proxy.
 *
 * @param {{ port: number, ports: readonly number[] }} options
 * @returns {Promise<() => Promise<void>>} the function that ends it
 */
export function startBalancer(options) {
  return hasNginx() ? startNginx(options) : startProxy(options);
}

async function startNginx({ port, ports }) {
  const folder = mkdtempSync(join(tmpdir(), "countersign-balancer-"));
  // Started by root, nginx serves as nobody.
  chmodSync(folder, 0o755);
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port, ports));
  const nginx = spawn("nginx", ["-p", folder, "-c", file, "-g", "daemon off;"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  nginx.stderr.setEncoding("utf8").on("data", (text) => {
    errors = (errors + text).slice(-4000);
  });
  for (let tries = 0; !(await accepts(port)); tries += 1) {
    if (tries > 200 || nginx.exitCode !== null) throw new Error(`nginx did not start: ${errors}`);
    await sleep(50);
  }
  return async () => {
    if (nginx.exitCode === null && nginx.kill("SIGTERM")) await once(nginx, "exit");
    rmSync(folder, { recursive: true, force: true });
  };
}

/** As docs/how-to/more-than-one-machine.md shows it, without TLS. */
function configuration(folder, port, ports) {
  return `
pid ${folder}/nginx.pid;
error_log stderr error;
worker_processes 1;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream countersign {
${ports.map((each) => `    server 127.0.0.1:${each} max_fails=1 fail_timeout=1s;`).join("\n")}
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://countersign;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_buffering off;
      proxy_read_timeout 3600s;
      proxy_next_upstream error timeout non_idempotent;
      proxy_next_upstream_tries ${ports.length};
      proxy_connect_timeout 1s;
    }
  }
}
`;
}

async function startProxy({ port, ports }) {
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const first = turn++;
    const chunks = [];
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("end", () => attempt(0));
    const attempt = (tried) => {
      // Whoever asked has gone.
      if (outgoing.destroyed) return;
      if (tried === ports.length) return void outgoing.writeHead(502).end();
      const { method, url, headers } = incoming;
      const there = request({
        host: "127.0.0.1",
        port: ports[(first + tried) % ports.length],
        method,
        path: url,
        headers,
      });
      there.setHeader("x-forwarded-for", incoming.socket.remoteAddress ?? "");
      there.on("response", (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        // An answer that breaks off breaks off here too.
        pipeline(answer, outgoing, () => undefined);
      });
      there.on("error", () => (outgoing.headersSent ? outgoing.destroy() : attempt(tried + 1)));
      outgoing.on("close", () => there.destroy());
      there.end(Buffer.concat(chunks));
    };
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (accepted) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
  });
}
