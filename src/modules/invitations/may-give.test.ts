import { expect, it } from "vitest";
import type { RoleName } from "../../contract/schemas";
import { mayGive } from "./may-give";

it.each<[own: RoleName[], given: RoleName[], may: boolean]>([
  [["owner"], ["owner"], true],
  [["owner", "user"], ["admin", "user"], true],
  [["admin"], ["admin"], true],
  [["admin", "user"], ["user"], true],
  [["admin"], ["owner"], false],
  [["admin"], ["owner", "user"], false],
  [["user"], ["user"], false],
  [["user"], ["owner"], false],
  [[], ["user"], false],
])("somebody who is %j inviting people to be %j: %j", (own, given, may) => {
  expect(mayGive(own, given)).toBe(may);
});
