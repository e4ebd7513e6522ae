-- Names that are the same in capitals are one name from now on: a final sigma, a dotless i and a sharp s are no others. An
-- account whose name would then be another's too keeps the key that it has, and is found by it as before.
UPDATE OR IGNORE "User"
SET "usernameKey" = REPLACE(REPLACE(REPLACE(REPLACE("usernameKey", 'ς', 'σ'), 'ı', 'i'), 'i' || char(775), 'i'), 'ß', 'ss')
WHERE "usernameKey" <> REPLACE(REPLACE(REPLACE(REPLACE("usernameKey", 'ς', 'σ'), 'ı', 'i'), 'i' || char(775), 'i'), 'ß', 'ss');
