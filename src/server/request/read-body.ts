import type { z } from "zod";
import { DomainError } from "../../modules/domain-error";
import type { FormFields } from "./access-token-location";
import type { Call } from "./call";

/** More than any request of ours needs: credentials are at most 8 KiB. */
const MAX_BODY_BYTES = 64 * 1024;
/** No input of ours is nested deeper than three. */
const MAX_DEPTH = 16;

export interface ReadBody {
  readonly value: unknown;
  /** The fields, when the body was a form. */
  readonly form: FormFields | undefined;
}

/**
 * Reads a JSON or form body. No body is an empty object.
 *
 * @throws DomainError `payload_too_large`, `unsupported_media_type`, `invalid_request`
 */
export async function readBody(request: Request): Promise<ReadBody> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return { value: {}, form: undefined };
  const contentType = request.headers.get("content-type") ?? "";
  const mediaType = contentType.split(";")[0]?.trim().toLowerCase();
  switch (mediaType) {
    case "application/json":
      return { value: parseJson(bytes), form: undefined };
    case "application/x-www-form-urlencoded": {
      const form = toFields(new URLSearchParams(decodeUtf8(bytes)).entries());
      return { value: fromForm(form), form };
    }
    case "multipart/form-data": {
      const form = toFields(await readMultipart(bytes, contentType));
      return { value: fromForm(form), form };
    }
    default:
      throw new DomainError("unsupported_media_type");
  }
}

/** Reads the body of a protected call, so that a token in a form is found. */
export async function readForm(call: Call): Promise<unknown> {
  if (call.request.method === "GET" || call.request.method === "HEAD") return {};
  const { value, form } = await readBody(call.request);
  call.lookInForm(form);
  return value;
}

/** @throws DomainError `invalid_request` that names the field */
export function parseInput<T>(shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidInput(parsed.error);
}

/** What was wrong, without repeating what was sent. */
export function invalidInput(error: z.ZodError): DomainError {
  const field = firstField(error.issues) ?? "body";
  return new DomainError("invalid_request", {
    field,
    message: `The field ${field} is missing or not valid.`,
  });
}

function firstField(issues: readonly z.core.$ZodIssue[]): string | undefined {
  const issue = issues[0];
  if (!issue) return undefined;
  if (issue.path.length > 0) return issue.path.join(".");
  // Of the forms a union allows, the one that fits best tells what is missing.
  if (issue.code !== "invalid_union" || !issue.errors) return undefined;
  const best = [...issue.errors].sort((a, b) => a.length - b.length)[0];
  return best && firstField(best);
}

/** @throws DomainError `payload_too_large` */
export async function readBytes(request: Request): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES)
    throw new DomainError("payload_too_large");
  const chunks: Uint8Array[] = [];
  let length = 0;
  // The declared length may lie, so what comes is counted.
  for await (const chunk of request.body) {
    length += chunk.byteLength;
    if (length > MAX_BODY_BYTES) throw new DomainError("payload_too_large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  try {
    const value: unknown = JSON.parse(text);
    if (depthOf(value) <= MAX_DEPTH) return value;
  } catch (cause) {
    throw new DomainError("invalid_request", { field: "body", message: "The body is not JSON." }, { cause });
  }
  throw new DomainError("invalid_request", { field: "body", message: "The body is nested too deeply." });
}

function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (level.length > 0 && depth <= MAX_DEPTH) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
    depth += 1;
  }
  return depth;
}

async function readMultipart(bytes: Uint8Array, contentType: string): Promise<[string, string][]> {
  try {
    const body = new Blob([new Uint8Array(bytes)]);
    const data = await new Response(body, { headers: { "content-type": contentType } }).formData();
    return [...data.entries()].map(([name, value]) => {
      if (typeof value !== "string") throw new Error("a file");
      return [name, value];
    });
  } catch (cause) {
    throw new DomainError(
      "invalid_request",
      { field: "body", message: "The form cannot be read." },
      { cause },
    );
  }
}

function toFields(entries: Iterable<[string, string]>): FormFields {
  const fields = new Map<string, string>();
  for (const [name, value] of entries) {
    if (fields.has(name)) {
      throw new DomainError("invalid_request", {
        field: name.slice(0, 64),
        message: "The form has one field twice. Please send it once.",
      });
    }
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

/**
 * Forms are flat: `captcha.id` or `captcha[id]`, and so on, are the captcha's members; or `captcha` holds them all
 * as JSON.
 */
function fromForm(form: FormFields): Record<string, unknown> {
  const captcha = Object.entries(form).flatMap(([name, value]) => {
    const member = /^captcha(?:\.(\w+)|\[(\w+)\])$/.exec(name);
    return member ? [[member[1] ?? member[2], value] as const] : [];
  });
  if (captcha.length > 0) return { ...form, captcha: Object.fromEntries(captcha) };
  return form.captcha?.startsWith("{")
    ? { ...form, captcha: parseJson(Buffer.from(form.captcha)) }
    : { ...form };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DomainError("invalid_request", { field: "body", message: "The body is not UTF-8." }, { cause });
  }
}
