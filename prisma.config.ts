import { defineConfig } from "prisma/config";

// `prisma generate` asks the host for a native schema engine that neither it nor the client uses: the client runs on a
// driver adapter. Naming any executable spares a download that many build machines cannot make.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
});
