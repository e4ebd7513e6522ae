import { z } from "zod";
import type { Description } from "../../../src/server/faces/openapi/description";
import { descriptions, refusalsByStatus } from "../../../src/server/faces/openapi/document";
import type { Answer, CallOptions, TestService } from "../../helpers/service";

const refusal = z.object({ error: z.string(), error_description: z.string(), request_id: z.string() });

/** Calls the service, notes which operation answered what, and holds each answer to its description. */
export class Recorder {
  /** As {@link keysOf} writes them. */
  readonly seen: Set<string>;
  readonly #service: TestService;

  /** @param seen where others have noted what they saw */
  constructor(service: TestService, seen = new Set<string>()) {
    this.#service = service;
    this.seen = seen;
  }

  async call(path: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await this.#service.call(path, options);
    const hasBody = options.json !== undefined || options.form !== undefined || options.body !== undefined;
    const method = options.method ?? (hasBody ? "POST" : "GET");
    const description = descriptions.find((one) => one.method === method && matches(one.path, path));
    if (!description) throw new Error(`${method} ${path} is not described`);
    this.seen.add(keyOf(description, answer.status, answer.body.error));
    check(description, answer);
    return answer;
  }
}

/** All that an operation may answer, as described: its success, and each refusal by status and code. */
export function keysOf(description: Description): string[] {
  const refused = [...refusalsByStatus(description)].flatMap(([status, codes]) =>
    codes.map((code) => keyOf(description, status, code)),
  );
  return [keyOf(description, description.success.status), ...refused];
}

function keyOf({ method, path }: Description, status: number, code?: string): string {
  return [method, path, status, code].filter((part) => part !== undefined).join(" ");
}

function matches(template: string, path: string): boolean {
  const [pathname = ""] = path.split("?");
  // What is written out comes before what varies.
  if (descriptions.some((one) => one.path === pathname)) return template === pathname;
  return new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname);
}

function check({ success, path }: Description, { status, body, headers }: Answer): void {
  if (status >= 400) {
    refusal.parse(body);
    // Its sender may have a wrong clock.
    if (body.error === "invalid_dpop_proof" && typeof body.server_time !== "number") {
      throw new Error(`${path} refuses a proof and does not tell the time`);
    }
    if (body.error === "step_up_required") {
      const challenge = `error="insufficient_user_authentication", acr_values="${body.acr_values}", max_age="${body.max_age}"`;
      if (body.acr_values === undefined || !headers.get("www-authenticate")?.endsWith(challenge))
        throw new Error(`${path} asks for a step-up and does not say for which`);
    }
    return;
  }
  if (status !== success.status) throw new Error(`${path} answered ${status}`);
  if (success.schema) success.schema.parse(body);
  const type = headers.get("content-type")?.split(";")[0];
  const expected = success.contentType ?? (success.schema ? "application/json" : undefined);
  if (type !== expected) throw new Error(`${path} came as ${type}`);
}
