import path from "node:path";
import { describe, expect, it } from "vitest";
import { environmentShape, readEnvironment } from "./environment";
import { EnvironmentError } from "./environment-error";

function refusalOf(variables: Record<string, string>): string {
  try {
    readEnvironment(variables);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
  return "";
}

describe("readEnvironment", () => {
  it("needs nothing", () => {
    expect(readEnvironment({})).toMatchObject({
      port: 3000,
      dataDir: path.resolve("data"),
      storage: { kind: "sqlite", file: path.resolve("data/countersign.db") },
      captchaMode: "adaptive",
      passwordMinLength: 15,
      accessTokenLifetimeInSeconds: 300,
      refreshIdleLifetimeInSeconds: 604_800,
      refreshAbsoluteLifetimeInSeconds: 2_592_000,
      refreshReuseIntervalInSeconds: 30,
      requiresBinding: false,
      allowsUrlTokens: true,
      corsOrigins: [],
      trustedProxies: 0,
    });
    expect(readEnvironment({}).appUrl.origin).toBe("http://localhost:3000");
  });

  it("takes an empty variable for one that was not set", () => {
    expect(readEnvironment({ PORT: "", CAPTCHA: "", APP_URL: "", SECRETS: "" })).toEqual(readEnvironment({}));
  });

  it("takes a blank variable for one that was not set", () => {
    const names = Object.keys(environmentShape.shape);
    for (const blank of [" ", "\t", " \n "]) {
      expect(readEnvironment(Object.fromEntries(names.map((name) => [name, blank])))).toEqual(
        readEnvironment({}),
      );
    }
  });

  it("follows the port when no address was given", () => {
    expect(readEnvironment({ PORT: "4001" }).appUrl.origin).toBe("http://localhost:4001");
    expect(readEnvironment({ PORT: "4001", APP_URL: "https://a.example" }).appUrl.origin).toBe(
      "https://a.example",
    );
  });

  it.each([
    ["PORT", "0"],
    ["PORT", "65536"],
    ["PORT", "80.5"],
    ["PORT", "http"],
    ["PORT", "-1"],
    ["PORT", "Infinity"],
    ["APP_URL", "accounts.example.com"],
    ["APP_URL", "ftp://accounts.example.com"],
    ["APP_URL", "https://accounts.example.com/path"],
    ["APP_URL", "https://accounts.example.com/?a=b"],
    ["APP_URL", "https://accounts.example.com/#a"],
    ["APP_URL", "https://user:secret@accounts.example.com"],
    ["APP_URL", "https://:secret@accounts.example.com"],
    ["APP_URL", "https://*.example.com"],
    ["APP_URL", "javascript:alert(1)"],
    ["DATABASE_URL", "postgresql://localhost"],
    ["DATABASE_URL", "postgres:x"],
    ["DATABASE_URL", "mysql:x"],
    ["DATABASE_URL", "./x.db"],
    ["DATABASE_URL", "file:"],
    ["DATABASE_URL", "file:  "],
    ["DATABASE_URL", "file:x.db?connection_limit=1"],
    ["DATABASE_URL", "file:x.db#main"],
    ["DATABASE_URL", "file:?mode=memory"],
    ["DATABASE_URL", "file::memory:"],
    ["DATABASE_URL", "file:/srv/"],
    ["DATABASE_URL", "file://host/x.db"],
    ["CAPTCHA", "none"],
    ["CAPTCHA", "OFF"],
    ["PASSWORD_MIN_LENGTH", "7"],
    ["PASSWORD_MIN_LENGTH", "65"],
    ["ACCESS_TOKEN_LIFETIME", "0"],
    ["ACCESS_TOKEN_LIFETIME", "3601"],
    ["ACCESS_TOKEN_LIFETIME", "5m"],
    ["REFRESH_REUSE_INTERVAL", "-1"],
    ["REFRESH_REUSE_INTERVAL", "301"],
    ["REQUIRE_BINDING", "yes"],
    ["URL_TOKENS", "true"],
    ["URL_TOKENS", "ON"],
    ["CORS_ORIGINS", "*"],
    ["CORS_ORIGINS", "null"],
    ["CORS_ORIGINS", "https://good.example, evil.example"],
    ["CORS_ORIGINS", "https://good.example/path"],
    ["CORS_ORIGINS", "https://*.example.com"],
    ["CORS_ORIGINS", "chrome-extension://popup"],
    ["TRUST_PRIVATE_PEERS", "yes"],
    ["TRUST_PROXY", "true"],
    ["TRUST_PROXY", "11"],
    ["TRUST_PROXY", "-1"],
    ["LOG_LEVEL", "verbose"],
    ["LIMIT_TICKETS", "0"],
    ["LIMIT_ADDRESS_FAILURES", "none"],
    ["LIMIT_REFRESHES", "1.5"],
  ])("refuses %s=%s and names it", (name, value) => {
    expect(refusalOf({ [name]: value })).toContain(name);
  });

  it("names all that is wrong at once, and repeats no value", () => {
    const message = refusalOf({ PORT: "many", CAPTCHA: "canary-value", TRUST_PROXY: "some" });
    for (const name of ["PORT", "CAPTCHA", "TRUST_PROXY"]) expect(message).toContain(name);
    expect(message).not.toContain("canary-value");
    expect(refusalOf({ APP_URL: "https://user:canary-value@a.example" })).not.toContain("canary-value");
  });

  it("reads lists of origins with commas, spaces and lines", () => {
    const { corsOrigins } = readEnvironment({
      CORS_ORIGINS: " https://a.example,https://b.example:8443\nhttp://c ",
    });
    expect(corsOrigins).toEqual(["https://a.example", "https://b.example:8443", "http://c"]);
    expect(
      readEnvironment({ CORS_ORIGINS: "capacitor://localhost HTTPS://A.example:443/" }).corsOrigins,
    ).toEqual(["capacitor://localhost", "https://a.example"]);
  });

  it("numbers the entry of a list that it refuses", () => {
    expect(refusalOf({ CORS_ORIGINS: "https://a.example, null" })).toMatch(/CORS_ORIGINS, entry 2: .*null/);
  });

  it("reads the protected sites, by exact origins", () => {
    const { protectedSites } = readEnvironment({
      APP_URL: "https://accounts.example.com",
      PROTECTED_SITES: "https://reports.example.com/ https://accounts.example.com:8443",
    });
    expect(protectedSites).toEqual(["https://reports.example.com", "https://accounts.example.com:8443"]);
    expect(readEnvironment({ PROTECTED_SITES: "HTTP://Localhost:8080/" }).protectedSites).toEqual([
      "http://localhost:8080",
    ]);
    expect(readEnvironment({}).protectedSites).toEqual([]);
  });

  it.each([
    ["Countersign's own origin", "https://a.example", "https://a.example"],
    ["Countersign's own origin by another of its names", "http://localhost:3000", "http://127.0.0.1:3000"],
    ["http beside https", "https://a.example", "http://reports.example"],
    ["http on this machine beside https", "https://a.example", "http://localhost:8080"],
    ["http on another machine", "http://localhost:3000", "http://reports.example"],
    ["https beside http", "http://localhost:3000", "https://reports.example"],
    ["a path", "https://a.example", "https://reports.example/private"],
    ["a pattern", "https://a.example", "https://*.example"],
    ["a name alone", "https://a.example", "reports.example"],
    ["an app", "https://a.example", "capacitor://localhost"],
  ])("refuses as a protected site: %s", (_, APP_URL, PROTECTED_SITES) => {
    expect(refusalOf({ APP_URL, PROTECTED_SITES })).toContain("PROTECTED_SITES");
  });

  it("reads the origins that the sign-in page may lead back to", () => {
    const APP_URL = "https://accounts.example.com";
    const RETURN_ORIGINS = "https://App.example.com:443/ http://localhost:5173, https://bücher.example";
    expect(readEnvironment({ APP_URL, RETURN_ORIGINS }).returnOrigins).toEqual([
      "https://app.example.com",
      "http://localhost:5173",
      "https://xn--bcher-kva.example",
    ]);
    expect(readEnvironment({}).returnOrigins).toEqual([]);
  });

  it.each([
    ["Countersign's own origin", "https://a.example"],
    ["http on another machine", "http://reports.example"],
    ["a path", "https://reports.example/private"],
    ["a user name", "https://ada@reports.example"],
    ["a pattern", "https://*.example"],
    ["a name alone", "reports.example"],
    ["an app", "capacitor://localhost"],
    ["a script", "javascript:alert(1)"],
  ])("refuses as an origin to lead back to: %s", (_, RETURN_ORIGINS) => {
    expect(refusalOf({ APP_URL: "https://a.example", RETURN_ORIGINS })).toContain("RETURN_ORIGINS, entry 1");
  });

  it("takes a PostgreSQL with the secrets beside it, and says how to make them where there are none", () => {
    const DATABASE_URL = "postgres://ada:secret-word@db.example/countersign";
    expect(readEnvironment({ DATABASE_URL, SECRETS: "1:abc" }).storage).toEqual({
      kind: "postgres",
      url: DATABASE_URL,
      secrets: "1:abc",
    });
    expect(refusalOf({ DATABASE_URL })).toContain("SECRETS has to be set");
    expect(refusalOf({ DATABASE_URL })).not.toContain("secret-word");
  });

  it("takes a database file from where it is said to be", () => {
    expect(readEnvironment({ DATABASE_URL: "file:/srv/x.db" }).storage).toEqual({
      kind: "sqlite",
      file: "/srv/x.db",
    });
    expect(readEnvironment({ DATABASE_URL: "file:./x.db" }).storage).toEqual({
      kind: "sqlite",
      file: path.resolve("x.db"),
    });
    expect(readEnvironment({ DATABASE_URL: "file:///srv/x.db" }).storage).toEqual({
      kind: "sqlite",
      file: "/srv/x.db",
    });
  });
});

describe("a folder and a file without a root", () => {
  it("are taken from the project's folder, wherever the service is called from", () => {
    const settings = { DATA_DIR: "here", DATABASE_URL: "file:there/x.db" };
    expect(readEnvironment(settings, "/opt/countersign")).toMatchObject({
      dataDir: "/opt/countersign/here",
      storage: { file: "/opt/countersign/there/x.db" },
    });
    expect(readEnvironment({ DATA_DIR: "/srv" }, "/opt/countersign")).toMatchObject({
      dataDir: "/srv",
      storage: { file: "/srv/countersign.db" },
    });
    expect(readEnvironment({}, "/opt/countersign")).toMatchObject({
      storage: { file: "/opt/countersign/data/countersign.db" },
    });
  });
});
