-- What several instances share beside the models. Prisma knows none of these tables, and SQLite needs none of them.
-- An unlogged table is empty after a crash of the server, and on a standby: "Memory" is emptied with them, which tells it.

-- Proofs that were used.
CREATE UNLOGGED TABLE "Replay" (
    "digest" TEXT COLLATE "C" NOT NULL,
    "issuedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Replay_pkey" PRIMARY KEY ("digest")
);
CREATE INDEX "Replay_issuedAt_idx" ON "Replay"("issuedAt");

-- Since when they are remembered, and in which table: one that was restored is another one.
CREATE UNLOGGED TABLE "Memory" (
    "id" INTEGER NOT NULL,
    "replayTable" OID NOT NULL,
    "since" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Memory_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Memory_id_check" CHECK ("id" = 1)
);

-- What limits have counted.
CREATE UNLOGGED TABLE "Counter" (
    "key" TEXT COLLATE "C" NOT NULL,
    "points" INTEGER NOT NULL,
    "until" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "Counter_pkey" PRIMARY KEY ("key")
) WITH (fillfactor = 70);
CREATE INDEX "Counter_until_idx" ON "Counter"("until");

-- Work that one instance does for all.
CREATE TABLE "Lease" (
    "name" TEXT COLLATE "C" NOT NULL,
    "holder" TEXT COLLATE "C" NOT NULL,
    "until" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "Lease_pkey" PRIMARY KEY ("name")
);

-- What tells a secret from another one of the same id, and nothing of the secret.
CREATE TABLE "SecretFingerprint" (
    "id" TEXT COLLATE "C" NOT NULL,
    "fingerprint" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "SecretFingerprint_pkey" PRIMARY KEY ("id")
);

-- A process of the version before may have remembered proofs of this second by itself.
INSERT INTO "Memory" ("id", "replayTable", "since")
VALUES (1, '"Replay"'::regclass::oid, date_trunc('second', timezone('UTC', now())) + interval '1 second');
