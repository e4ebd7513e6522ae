/**
 * What Next is to do, while it builds and while it serves. A copy lies in each build's folder, where the running service
 * reads it: nothing may be imported here but what is in such a folder too.
 *
 * Nothing here may read the environment: what is read here is baked into the build, and one build serves every operator.
 *
 * @type {import("next").NextConfig}
 */
const nextSettings = {
  // Where the project is, said once: else the nearest lock file further up decides, and the build reads what is not ours.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
  // No page uses it, and it would fetch addresses that a stranger names and fill the disk with what it makes of them.
  images: { unoptimized: true },
  // What the build has made is complete: the running service writes nothing beside it.
  experimental: { isrFlushToDisk: false },
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run check` and CI run the same compiler over the same files; doing it here too would add a third to the first start.
  typescript: { ignoreBuildErrors: true },
  // Native code, or code that finds its files beside itself: loaded from node_modules, never bundled.
  serverExternalPackages: [
    "@napi-rs/canvas",
    "@node-rs/argon2",
    "@prisma/adapter-better-sqlite3",
    "@prisma/adapter-pg",
    "@prisma/client",
    "better-sqlite3",
    "pg",
    "pino",
  ],
};

export default nextSettings;
