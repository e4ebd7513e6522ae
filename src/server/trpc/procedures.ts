/** The typed face of the operations: a procedure for each, with the types of its input and output. */
import type { TRPCMutationProcedure, TRPCQueryProcedure } from "@trpc/server";
import { z } from "zod";
import type { Endpoint } from "../endpoints/endpoint";
import { procedureFor } from "./init";

type ProcedureOf<E> =
  E extends Endpoint<infer K, infer Input, infer Output>
    ? K extends "query"
      ? TRPCQueryProcedure<{ input: Input; output: Output; meta: unknown }>
      : TRPCMutationProcedure<{ input: Input; output: Output; meta: unknown }>
    : never;

type ProceduresOf<Table> = { [Name in keyof Table]: ProcedureOf<Table[Name]> };

/** @param table operations by their names */
export function proceduresOf<Table extends Readonly<Record<string, Endpoint>>>(
  table: Table,
): ProceduresOf<Table> {
  const procedures = Object.entries(table).map(([name, endpoint]) => [name, procedureOf(endpoint)]);
  // One by one they are what the type says: kind, input and output are taken from the same value.
  return Object.fromEntries(procedures) as ProceduresOf<Table>;
}

function procedureOf({ kind, access, input = anything, output = anything, run }: Endpoint) {
  const procedure = procedureFor(access).input(input).output(output);
  return kind === "query"
    ? procedure.query(({ ctx, input: parsed }) => run(ctx.call.container, ctx.call, ctx.known, parsed))
    : procedure.mutation(({ ctx, input: parsed }) => run(ctx.call.container, ctx.call, ctx.known, parsed));
}

/** Who takes no input, or gives no output, says nothing of it. */
const anything = z.unknown();
