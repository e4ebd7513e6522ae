import fc from "fast-check";
import { z } from "zod";
import type { Endpoint } from "../../src/server/endpoints/endpoint";

/** What JSON Schema says of a value, as far as we use it. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

/** What is meant by a member of that name: its values, known at the time of the call. */
export type Meanings = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/**
 * Inputs of an operation that fit, from the shape that it declares: every member that must be there, and some of the others.
 *
 * @param meanings for members whose shape alone says too little, by name
 */
export function inputsOf({ input }: Endpoint, meanings: Meanings): fc.Arbitrary<Record<string, unknown>> {
  if (input === undefined) return fc.constant({});
  const shape = z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as Shape;
  return valuesOf(shape, meanings) as fc.Arbitrary<Record<string, unknown>>;
}

function valuesOf(shape: Shape, meanings: Meanings): fc.Arbitrary<unknown> {
  const choices = shape.anyOf ?? shape.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => valuesOf(one, meanings)));
  if (shape.const !== undefined) return fc.constant(shape.const);
  if (shape.enum) return fc.constantFrom(...shape.enum);
  switch (shape.type) {
    case "object": {
      const { properties = {}, required = [] } = shape;
      const members = Object.entries(properties).map(
        ([name, one]) => [name, meanings[name] ?? valuesOf(one, meanings)] as const,
      );
      return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
    }
    case "array": {
      const { items = {}, minItems: minLength = 0 } = shape;
      return fc.array(valuesOf(items, meanings), { minLength, maxLength: minLength + 2 });
    }
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number": {
      const min = Math.max(shape.minimum ?? 0, 0);
      return fc.integer({ min, max: Math.min(shape.maximum ?? min + 1000, min + 100_000) });
    }
    case "null":
      return fc.constant(null);
    default:
      return fc.constantFrom("a-text", "somebody");
  }
}
