/**
 * One description for each operation: the plain routes, the typed router, the OpenAPI document and the lists that tests run
 * over are derived from it. An operation knows its services, its caller and its input, and nothing of HTTP.
 */
import { z } from "zod";
import type { ErrorCode } from "../../contract/errors";
import type { Container } from "../composition/container";
import type { Caller } from "../request/caller";
import type { Access } from "./access";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Method and path on the plain face. `{name}` in the path, and a query parameter, become members of the input. */
export type Address = `${Method} /${string}`;

/** The parts of the OpenAPI document and of the page that shows it. */
export type Group =
  | "Service"
  | "Sign-in"
  | "Session"
  | "Account"
  | "QR code"
  | "Administration"
  | "Protected sites"
  | "OAuth";

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly required: boolean;
  readonly description: string;
  /** The one value there is: said to be safe, and no member of the input. */
  readonly mustBe?: string;
}

export interface Success {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
}

/** What a call comes with. `Known` is what the rule of access has found out. */
export type Context<Input, Known extends object> = Known & {
  readonly services: Container;
  readonly caller: Caller;
  readonly input: Input;
};

interface Description<Known extends object> {
  /** Several where one operation answers several methods. */
  readonly address: Address | readonly Address[];
  readonly access: Access<Known>;
  readonly group: Group;
  /** One sentence, for people. */
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  /** What its success means; 200 with an output and 204 without, unless it says otherwise. */
  readonly answers: string;
  readonly status?: 201 | 202;
  /** Its own refusals; those of its access and of reading its input are added. */
  readonly refusals?: readonly ErrorCode[];
}

interface Definition<
  Known extends object,
  In extends z.ZodType | undefined,
  Out extends z.ZodType | undefined,
> extends Description<Known> {
  readonly input?: In;
  /** None: there is no body. */
  readonly output?: Out;
  /**
   * The same as text that is sent while it is made, for those who ask for its media type on the plain face. The first piece is
   * made before anything is answered: what it throws is refused as any call is.
   */
  readonly streams?: Readonly<
    Record<string, (context: Context<ParsedOf<In>, Known>) => AsyncIterator<string>>
  >;
  run(context: Context<ParsedOf<In>, Known>): Promise<OutputOf<Out>>;
}

type ParsedOf<In> = In extends z.ZodType ? z.output<In> : undefined;
type InputOf<In, Nothing = void> = In extends z.ZodType ? z.input<In> : Nothing;
type OutputOf<Out, Nothing = void> = Out extends z.ZodType ? z.output<Out> : Nothing;

export type Kind = "query" | "mutation";

type StreamRun = (
  services: Container,
  caller: Caller,
  known: object,
  input: unknown,
) => AsyncIterator<string>;

/** An operation, with what its callers send and get. On the typed face its name is its place in the table. */
export interface Endpoint<K extends Kind = Kind, Input = unknown, Output = unknown> {
  readonly kind: K;
  readonly addresses: readonly Address[];
  readonly access: Access;
  readonly group: Group;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly input: z.ZodType | undefined;
  /** What of the input the address holds as parts of its path, where it has no other parameters: one that does not fit leads nowhere. */
  readonly inPath: readonly string[];
  readonly output: z.ZodType | undefined;
  /** By media type. */
  readonly streams: Readonly<Record<string, StreamRun>>;
  readonly success: Success;
  readonly refusals: readonly ErrorCode[];
  /** Lets the caller in or refuses. */
  admit(caller: Caller): Promise<object>;
  /** @param known what {@link admit} found out; @param input as its shape let it through */
  run(services: Container, caller: Caller, known: object, input: unknown): Promise<unknown>;
  /** For types alone: what is sent, and what comes back. */
  readonly types?: { readonly input: Input; readonly output: Output };
}

/** An operation that changes nothing. */
export function query<
  Known extends object,
  In extends z.ZodType | undefined = undefined,
  Out extends z.ZodType | undefined = undefined,
>(definition: Definition<Known, In, Out>): Endpoint<"query", InputOf<In>, OutputOf<Out>> {
  return endpoint("query", definition);
}

/** An operation that changes something. */
export function mutation<
  Known extends object,
  In extends z.ZodType | undefined = undefined,
  Out extends z.ZodType | undefined = undefined,
>(definition: Definition<Known, In, Out>): Endpoint<"mutation", InputOf<In>, OutputOf<Out>> {
  return endpoint("mutation", definition);
}

/** Whether the input has members besides these: one of those that does not fit is the caller's mistake. */
function hasMoreThan(names: readonly string[], input: z.ZodType | undefined): boolean {
  if (input === undefined) return false;
  return !(input instanceof z.ZodObject) || Object.keys(input.shape).some((name) => !names.includes(name));
}

function endpoint<
  K extends Kind,
  Known extends object,
  In extends z.ZodType | undefined,
  Out extends z.ZodType | undefined,
>(kind: K, definition: Definition<Known, In, Out>): Endpoint<K, InputOf<In>, OutputOf<Out>> {
  const { address, access, group, summary, parameters = [], input, output, answers, status } = definition;
  const all = [...undescribedPathParameters(address, parameters), ...parameters];
  const inPath = all.every((parameter) => parameter.in === "path") ? all.map(({ name }) => name) : [];
  const canBeMisread =
    hasMoreThan(inPath, input) || (inPath.length === 0 && all.some(({ mustBe }) => mustBe !== undefined));
  return {
    kind,
    addresses: typeof address === "string" ? [address] : address,
    access,
    group,
    summary,
    parameters: all,
    input,
    inPath,
    output,
    streams: Object.fromEntries(
      Object.entries(definition.streams ?? {}).map(([mediaType, stream]): [string, StreamRun] => [
        mediaType,
        (services, caller, known, parsed) =>
          stream({ ...(known as Known), services, caller, input: parsed as ParsedOf<In> }),
      ]),
    ),
    success: { status: status ?? (output ? 200 : 204), description: answers },
    refusals: [
      ...new Set([
        ...(canBeMisread ? (["invalid_request"] as const) : []),
        ...access.refusals,
        ...(definition.refusals ?? []),
      ]),
    ],
    admit: (caller) => access.admit(caller),
    // What the two faces hand in was made by `admit` and by the shape of the input, one line before.
    run: (services, caller, known, parsed) =>
      definition.run({ ...(known as Known), services, caller, input: parsed as ParsedOf<In> }),
  };
}

/** Those that the address names and nobody described. */
function undescribedPathParameters(
  address: Address | readonly Address[],
  described: readonly Parameter[],
): readonly Parameter[] {
  const [first = ""] = typeof address === "string" ? [address] : address;
  return [...first.matchAll(/\{(\w+)\}/g)].flatMap(([, name = ""]) =>
    described.some((parameter) => parameter.name === name)
      ? []
      : [{ name, in: "path", required: true, description: "What it is about." }],
  );
}
