/** All options of all commands, as `parseArgs` reads them. Which command takes which is in its own description. */
export const optionTable = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  "password-stdin": { type: "boolean" },
  link: { type: "boolean" },
  "display-name": { type: "string" },
  "even-last-owner": { type: "boolean" },
  name: { type: "string" },
  grants: { type: "string" },
  audience: { type: "string" },
  scopes: { type: "string" },
  origins: { type: "string" },
  jwks: { type: "string" },
  "require-binding": { type: "boolean" },
  "no-require-binding": { type: "boolean" },
  confidential: { type: "boolean" },
  all: { type: "boolean" },
  user: { type: "string" },
  actor: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  type: { type: "string" },
  limit: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  roles: { type: "string" },
  uses: { type: "string" },
  email: { type: "string" },
  expires: { type: "string" },
  qr: { type: "boolean" },
  "dry-run": { type: "boolean" },
  "map-roles": { type: "string" },
  "hash-config": { type: "string" },
} as const;

export type OptionName = keyof typeof optionTable;

/** Those that were typed. */
export type Options = {
  readonly [Name in OptionName]?: (typeof optionTable)[Name]["type"] extends "boolean" ? boolean : string;
};
