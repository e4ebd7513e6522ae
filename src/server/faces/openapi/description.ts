import type { z } from "zod";
import type { ErrorCode } from "../../../contract/errors";
import type { Endpoint, Group, Method, Parameter } from "../../endpoints/endpoint";

/** Who may call: everyone, the holder of a key, a session, a watch token, or a registered client. */
export type AccessName = Endpoint["access"]["name"] | "watch" | "client";

interface Success extends Omit<Endpoint["success"], "status"> {
  readonly status: 200 | 201 | 202 | 204 | 302 | 303;
  /** None: there is no body. */
  readonly schema?: z.ZodType;
  /** JSON, unless said otherwise. */
  readonly contentType?: string;
  /** As which media types it is sent too, while it is made. */
  readonly streamTypes?: readonly string[];
}

/** One address and method of the plain face, in what its callers need to know. */
export interface Description {
  readonly method: Method;
  /** As OpenAPI has it: `{id}` for a part that varies. */
  readonly path: string;
  readonly group: Group;
  readonly summary: string;
  readonly access: AccessName;
  readonly parameters?: readonly Parameter[];
  readonly input?: z.ZodType;
  /** What a body may come as; JSON or a form, unless said otherwise. */
  readonly inputTypes?: readonly string[];
  readonly success: Success;
  /** Its own refusals; what any address may answer is said once for all. */
  readonly refusals: readonly ErrorCode[];
}

/** What an operation's description says of each of its addresses. */
export function describe(endpoint: Endpoint): Description[] {
  const { addresses, group, summary, access, parameters, input, output, streams, success, refusals } =
    endpoint;
  return addresses.map((address) => {
    const [method = "GET", path = ""] = address.split(" ") as [Method, string];
    const hasBody = method !== "GET" && method !== "DELETE";
    return {
      method,
      path,
      group,
      summary,
      access: access.name,
      parameters,
      ...(input && hasBody ? { input } : {}),
      success: {
        ...success,
        ...(output ? { schema: output } : {}),
        streamTypes: Object.keys(streams),
      },
      refusals,
    };
  });
}
