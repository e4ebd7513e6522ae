import { z } from "zod";
import { type ErrorCode, errorTable } from "../../../contract/errors";
import { everyEndpoint } from "../../endpoints";
import type { Parameter } from "../../endpoints/endpoint";
import { statusOf } from "../../request/responses";
import { type AccessName, type Description, describe } from "./description";
import { handWrittenDescriptions } from "./hand-written";
import { oauthDescriptions } from "./oauth";
import { siteDescriptions } from "./sites";

/** All of the plain face: the operations, and what is written by hand. */
export const descriptions: readonly Description[] = [
  ...everyEndpoint.flatMap(describe),
  ...handWrittenDescriptions,
  ...siteDescriptions,
  ...oauthDescriptions,
];

const error = z.object({
  error: z.string(),
  error_description: z.string(),
  request_id: z.string(),
  acr_values: z
    .string()
    .optional()
    .describe("With `step_up_required`: how well one has to be authenticated."),
  max_age: z.number().optional().describe("With `step_up_required`: how long ago at most, in seconds."),
});

const securityOf: Readonly<Record<AccessName, readonly Record<string, readonly string[]>[]>> = {
  open: [],
  key: [{ dpop: [] }],
  session: [{ bearer: [] }, { boundToken: [], dpop: [] }],
  watch: [{ watch: [] }],
  client: [{}, { client: [] }],
};

const securitySchemes = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  boundToken: {
    type: "http",
    scheme: "DPoP",
    description: "A token bound to a key (RFC 9449); needs `dpop` too.",
  },
  dpop: {
    type: "apiKey",
    in: "header",
    name: "DPoP",
    description: "A proof of the device's key (RFC 9449).",
  },
  watch: { type: "http", scheme: "Watch", description: "The watch token of a QR code." },
  client: { type: "http", scheme: "basic", description: "A confidential client's id and secret." },
};

const bodyTypes = ["application/json", "application/x-www-form-urlencoded"] as const;

/**
 * The OpenAPI 3.1 document of the plain face, made of the same shapes that the endpoints parse by and of the error table.
 *
 * @param origin of APP_URL
 */
export function openApiDocument(origin: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const description of descriptions) {
    paths[description.path] = {
      ...paths[description.path],
      [description.method.toLowerCase()]: operationOf(description),
    };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Countersign",
      version: "1",
      description:
        "Any endpoint may refuse a request that it cannot read, or answer that it is busy: see `default`.",
    },
    servers: [{ url: origin }],
    paths,
    components: { schemas: { Error: jsonSchemaOf(error) }, securitySchemes },
  };
}

/** What any address may refuse with, besides its own: said once, as `default`. */
const anywhere = [
  "invalid_request",
  "payload_too_large",
  "unsupported_media_type",
  "cross_site_request",
  "temporarily_unavailable",
  "server_error",
] as const satisfies readonly ErrorCode[];

/** The statuses of a description's refusals, each with its codes. */
export function refusalsByStatus({ group, refusals }: Description): Map<number, ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of refusals) {
    const status = statusOf(code, group === "OAuth" ? "oauth" : "plain");
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

function operationOf(description: Description) {
  const {
    method,
    path,
    group,
    summary,
    access,
    parameters,
    input,
    inputTypes = bodyTypes,
    success,
  } = description;
  const refused = [...refusalsByStatus(description)].map(([status, codes]) => [
    String(status),
    refusal(sentencesOf(codes), codes.includes("step_up_required") ? stepUpChallenge : {}),
  ]);
  return {
    operationId: `${method} ${path}`.toLowerCase().replace(/[^a-z0-9]+/g, "_"),
    tags: [group],
    summary,
    ...(securityOf[access].length === 0 ? {} : { security: securityOf[access] }),
    ...(parameters ? { parameters: parameters.map(parameterOf) } : {}),
    ...(input ? { requestBody: { content: contentOf(inputTypes, jsonSchemaOf(input)) } } : {}),
    responses: {
      [success.status]: {
        description: success.description,
        ...(success.schema
          ? {
              content: {
                ...contentOf(["application/json"], jsonSchemaOf(success.schema)),
                ...contentOf(success.streamTypes ?? [], { type: "string" }),
              },
            }
          : {}),
        ...(success.contentType ? { content: { [success.contentType]: {} } } : {}),
      },
      ...Object.fromEntries(refused),
      default: refusal(sentencesOf(anywhere)),
    },
  };
}

function parameterOf({ mustBe, ...parameter }: Parameter) {
  return { ...parameter, schema: { type: "string", ...(mustBe === undefined ? {} : { enum: [mustBe] }) } };
}

function sentencesOf(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `\`${code}\`: ${errorTable[code].message}`).join("\n\n");
}

/** RFC 9470 section 3. */
const stepUpChallenge = {
  headers: {
    "WWW-Authenticate": {
      description: "With `step_up_required`: the same as `acr_values` and `max_age`.",
      schema: { type: "string" },
    },
  },
};

function refusal(description: string, more: object = {}) {
  return {
    description,
    ...more,
    content: contentOf(["application/json"], { $ref: "#/components/schemas/Error" }),
  };
}

function contentOf(types: readonly string[], schema: unknown) {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

/** JSON Schema of a shape, as it is sent. */
export function jsonSchemaOf(shape: z.ZodType): unknown {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: "input" });
  return schema;
}
