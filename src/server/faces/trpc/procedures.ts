/** The typed face of the operations: a procedure for each, with the types of its input and output. */
import type { TRPCMutationProcedure, TRPCQueryProcedure } from "@trpc/server";
import { z } from "zod";
import type { Endpoint } from "../../endpoints/endpoint";
import { procedureFor } from "./init";

type ProcedureOf<E> =
  E extends Endpoint<infer K, infer Input, infer Output>
    ? K extends "query"
      ? TRPCQueryProcedure<{ input: Input; output: Output; meta: unknown }>
      : TRPCMutationProcedure<{ input: Input; output: Output; meta: unknown }>
    : never;

type ProceduresOf<Given> = { [Name in keyof Given]: ProcedureOf<Given[Name]> };

type Table = Readonly<Record<string, Endpoint>>;
type Groups = Readonly<Record<string, Table>>;

/** @param groups tables of operations by the names of their groups */
export function proceduresOfGroups<Given extends Groups>(
  groups: Given,
): { [Name in keyof Given]: ProceduresOf<Given[Name]> } {
  const tables = Object.entries(groups).map(([name, table]) => [name, proceduresOf(table)]);
  return Object.fromEntries(tables) as { [Name in keyof Given]: ProceduresOf<Given[Name]> };
}

/** @param table operations by their names */
export function proceduresOf<Given extends Table>(table: Given): ProceduresOf<Given> {
  const procedures = Object.entries(table).map(([name, endpoint]) => [name, procedureOf(endpoint)]);
  // One by one they are what the type says: kind, input and output are taken from the same value.
  return Object.fromEntries(procedures) as ProceduresOf<Given>;
}

function procedureOf({ kind, access, input = anything, output = anything, run }: Endpoint) {
  const procedure = procedureFor(access).input(input).output(output);
  return kind === "query"
    ? procedure.query(({ ctx, input: parsed }) => run(ctx.call.container, ctx.call, ctx.known, parsed))
    : procedure.mutation(({ ctx, input: parsed }) => run(ctx.call.container, ctx.call, ctx.known, parsed));
}

/** Who takes no input, or gives no output, says nothing of it. */
const anything = z.unknown();
