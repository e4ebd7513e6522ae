import { systemOutput } from "../../contract/system";
import { roles } from "./access";
import { query } from "./endpoint";
import { presentSystem } from "./present-system";

export const read = query({
  address: "GET /api/admin/system",
  access: roles("owner", "admin"),
  group: "Administration",
  summary: "What the installation is like: version, instances, storage, mail, keys, settings",
  answers: "The state of now. There is no secret in it.",
  output: systemOutput,
  run: ({ services }) => presentSystem(services),
});
