import { z } from "zod";
import { roleName } from "../../contract/schemas";
import type { SecondFactorPolicy } from "../../modules/second-factor";

const role = roleName.options.join("|");

export const secondFactorSetting = z
  .string()
  .regex(
    new RegExp(`^(off|optional|required(:\\s*(${role})(\\s*,\\s*(${role}))*)?)$`),
    "has to be off, optional, required, or required: with roles, such as required:owner,admin",
  )
  .default("optional");

/** @param value as `secondFactorSetting` lets it through */
export function parseSecondFactor(value: string): SecondFactorPolicy {
  if (value === "off" || value === "optional") return { mode: value };
  const [, names] = value.split(":");
  const isNamed = (name: string) => names === undefined || new RegExp(`\\b${name}\\b`).test(names);
  return { mode: "required", roles: roleName.options.filter(isNamed) };
}
