import type { ClientOutput } from "../../../../contract/clients";

/** What an application is, in the words of this page. */
export const kinds = ["page", "device", "program"] as const;
export type Kind = (typeof kinds)[number];

/** What a form has of it. The service says what does not fit. */
export interface Fields {
  readonly name: string;
  readonly origins?: string[];
  readonly audience?: string | null;
  readonly scopes?: string[];
  readonly requires_binding?: boolean;
}

export function kindOf({ origins, grants }: Pick<ClientOutput, "origins" | "grants">): Kind {
  if (origins.length > 0) return "page";
  return grants.includes("client_credentials") ? "program" : "device";
}

/** Of the fields that this kind has. */
export function readFields(kind: Kind, data: FormData): Fields {
  const text = (name: string) => String(data.get(name) ?? "").trim();
  const words = (name: string) =>
    text(name)
      .split(/[\s,]+/)
      .filter((word) => word !== "");
  const name = text("name");
  if (kind === "page") return { name, origins: words("origins") };
  const common = { name, audience: text("audience") || null, requires_binding: data.has("binding") };
  return kind === "program" ? { ...common, scopes: words("scopes") } : common;
}

/** What else a new one of the kind is. */
export function restOf(kind: Kind): Pick<ClientOutput, "authentication" | "grants"> {
  if (kind === "page") return { authentication: "none", grants: [] };
  return kind === "program"
    ? { authentication: "client_secret", grants: ["client_credentials"] }
    : { authentication: "none", grants: ["device_code", "refresh_token"] };
}

/** The operator's command that makes one. */
export function addCommandOf(kind: Kind): string {
  if (kind === "page") return "client add ID --name NAME --origins https://app.example.com";
  return kind === "program"
    ? "client add ID --name NAME --grants client_credentials --audience https://api.example.com --confidential"
    : "client add ID --name NAME --require-binding";
}
