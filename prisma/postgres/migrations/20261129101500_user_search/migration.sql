-- What users are found by. Prisma knows none of these indexes.
CREATE INDEX "User_createdAt_id_idx" ON "User"("createdAt", "id");
CREATE INDEX "User_disabled_idx" ON "User"("createdAt", "id") WHERE "disabledAt" IS NOT NULL;
CREATE INDEX "User_special_idx" ON "User"("createdAt", "id") WHERE "roles" <> 'user';

-- Without the extension, or the right to create it, users are found by reading them all.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX "User_text_idx" ON "User" USING gin (("usernameKey" || ' ' || lower("displayName")) gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pg_trgm cannot be used: %', SQLERRM;
END
$$;
