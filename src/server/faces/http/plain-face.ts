/** The plain face of an operation: what is read from an HTTP request, in which order, and how it is answered. */
import { DomainError } from "../../../modules/domain-error";
import type { Endpoint, Parameter } from "../../endpoints/endpoint";
import type { Call } from "../../request/call";
import { parseInput, readForm } from "../../request/read-body";
import { json, noContent } from "../../request/responses";
import { textStream } from "../../request/text-stream";

/**
 * Reads, admits, parses and runs, in this order: the form first, because the token may be in it; and who may not call
 * learns nothing of what is wrong with the input.
 *
 * @param fromPath what the address has in the place of its `{name}`
 * @throws DomainError one of the endpoint's refusals, or of those that any address has
 */
export async function runPlain(endpoint: Endpoint, call: Call, fromPath: string): Promise<Response> {
  const body = await readForm(call);
  const known = await endpoint.admit(call);
  const members = withMembers(body, readParameters(endpoint.parameters, call, fromPath));
  if (leadsNowhere(endpoint, members)) throw new DomainError("not_found");
  const input = endpoint.input && parseInput(endpoint.input, members);
  const mediaType = streamAskedFor(endpoint, call);
  const stream = mediaType === undefined ? undefined : endpoint.streams[mediaType];
  if (mediaType !== undefined && stream) {
    return textStream(mediaType, stream(call.container, call, known, input));
  }
  const output = await endpoint.run(call.container, call, known, input);
  return endpoint.output ? json(output, endpoint.success.status) : noContent();
}

/** Whichever of the endpoint's streams the Accept header names first; what it says of preferences is not weighed. */
function streamAskedFor({ streams }: Endpoint, { request }: Call): string | undefined {
  const asked = (request.headers.get("accept") ?? "").split(",");
  const names = asked.map((range) => (range.split(";")[0] ?? "").trim().toLowerCase());
  return names.find((name) => Object.hasOwn(streams, name));
}

/** Whether a part of the path fits nothing that there could be. */
function leadsNowhere({ inPath, input }: Endpoint, members: unknown): boolean {
  if (inPath.length === 0) return false;
  const issues = input?.safeParse(members).error?.issues ?? [];
  return issues.some(({ path }) => inPath.includes(String(path[0])));
}

/** What the address says comes before what the body says. */
function withMembers(body: unknown, members: Record<string, string>): unknown {
  if (Object.keys(members).length === 0) return body;
  return { ...(typeof body === "object" ? body : {}), ...members };
}

function readParameters(
  parameters: readonly Parameter[],
  call: Call,
  fromPath: string,
): Record<string, string> {
  const members: Record<string, string> = {};
  for (const parameter of parameters) {
    const value = parameter.in === "path" ? fromPath : singleParameter(call, parameter.name);
    if (parameter.mustBe !== undefined) requireValue(parameter, value);
    else if (value !== undefined) members[parameter.name] = value;
  }
  return members;
}

function requireValue({ name, mustBe }: Parameter, value: string | undefined): void {
  if (value === mustBe) return;
  throw new DomainError("invalid_request", { field: name, message: `Add ${name}=${mustBe} to the address.` });
}

/** @throws DomainError `invalid_request` when it is there twice */
export function singleParameter(call: Call, name: string): string | undefined {
  const values = call.url.searchParams.getAll(name);
  if (values.length > 1) {
    throw new DomainError("invalid_request", {
      field: name,
      message: `The address has the parameter ${name} twice. Please send it once.`,
    });
  }
  return values[0];
}
