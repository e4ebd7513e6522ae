-- What users are found by. Prisma knows none of these tables; the triggers keep them, whoever writes.
-- A number of its own for each user: SQLite may give a row another rowid.
CREATE TABLE "UserSearch" (
    "number" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "userId" TEXT NOT NULL
);
CREATE UNIQUE INDEX "UserSearch_userId_key" ON "UserSearch"("userId");

-- Parts of three letters. Two spaces before each word: so one or two letters find the beginning of a word.
CREATE VIRTUAL TABLE "UserText" USING fts5("text", content = '', contentless_delete = 1, tokenize = 'trigram');

CREATE TRIGGER "User_search_insert" AFTER INSERT ON "User" BEGIN
    INSERT INTO "UserSearch" ("userId") VALUES (new."id");
    INSERT INTO "UserText" (rowid, "text") VALUES (
        (SELECT "number" FROM "UserSearch" WHERE "userId" = new."id"),
        '  ' || new."usernameKey" || '  ' || replace(new."displayName", ' ', '  ')
            || '  §' || replace(new."roles", ' ', '  §')
            || CASE WHEN new."disabledAt" IS NULL THEN '  §open' ELSE '  §disabled' END
    );
END;

CREATE TRIGGER "User_search_update" AFTER UPDATE OF "usernameKey", "displayName", "roles", "disabledAt" ON "User" BEGIN
    UPDATE "UserText" SET "text" =
        '  ' || new."usernameKey" || '  ' || replace(new."displayName", ' ', '  ')
            || '  §' || replace(new."roles", ' ', '  §')
            || CASE WHEN new."disabledAt" IS NULL THEN '  §open' ELSE '  §disabled' END
    WHERE rowid = (SELECT "number" FROM "UserSearch" WHERE "userId" = new."id");
END;

CREATE TRIGGER "User_search_delete" AFTER DELETE ON "User" BEGIN
    DELETE FROM "UserText" WHERE rowid = (SELECT "number" FROM "UserSearch" WHERE "userId" = old."id");
    DELETE FROM "UserSearch" WHERE "userId" = old."id";
END;

INSERT INTO "UserSearch" ("userId") SELECT "id" FROM "User" ORDER BY "createdAt", "id";
INSERT INTO "UserText" (rowid, "text")
SELECT "number",
    '  ' || "usernameKey" || '  ' || replace("displayName", ' ', '  ')
        || '  §' || replace("roles", ' ', '  §')
        || CASE WHEN "disabledAt" IS NULL THEN '  §open' ELSE '  §disabled' END
FROM "UserSearch" JOIN "User" ON "id" = "userId";
