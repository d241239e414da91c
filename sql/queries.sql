-- All SQL text of taut but the schema.  Each query becomes taut_sql_<name>.

-- name: pages_small
PRAGMA page_size = 1024;
-- name: pages_large
PRAGMA page_size = 4096;
-- name: begin
BEGIN;
-- name: commit
COMMIT;

-- name: meta_add
INSERT INTO meta (k, v) VALUES (?1, ?2);
-- name: env_add
INSERT INTO env (id, name, parts, ntests, ncarriers, must, modules, carriers, refs)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);
-- name: file_add
INSERT INTO file (id, d) VALUES (?1, ?2);
-- name: hash_add
INSERT INTO hash (id, d) VALUES (?1, ?2);
-- name: ver_add
INSERT INTO ver (id, d) VALUES (?1, ?2);
-- name: post_add
INSERT INTO post (id, d) VALUES (?1, ?2);
-- name: test_add
INSERT INTO test (id, d) VALUES (?1, ?2);

-- name: env_all
SELECT id, name, parts, ntests, ncarriers, must FROM env ORDER BY id;
-- name: env_modules
SELECT id, modules FROM env WHERE id = ?1;
-- name: env_carriers
SELECT id, carriers FROM env WHERE id = ?1;
-- name: env_refs
SELECT id, refs FROM env WHERE id = ?1;
-- name: file_all
SELECT id, d FROM file ORDER BY id;

-- The group that ?1 may be in.
-- name: hash_get
SELECT id, d FROM hash WHERE id <= ?1 ORDER BY id DESC LIMIT 1;
-- name: ver_get
SELECT id, d FROM ver WHERE id <= ?1 ORDER BY id DESC LIMIT 1;
-- name: post_get
SELECT id, d FROM post WHERE id <= ?1 ORDER BY id DESC LIMIT 1;
-- name: test_get
SELECT id, d FROM test WHERE id <= ?1 ORDER BY id DESC LIMIT 1;

-- name: count_groups
SELECT (SELECT count(*) FROM hash) + (SELECT count(*) FROM ver) +
       (SELECT count(*) FROM post) + (SELECT count(*) FROM test);
