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
INSERT INTO env (id, name, parts, ntests, ncarriers, must)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);
-- name: file_add
INSERT INTO file (id, kind, path, content, hashes)
VALUES (?1, ?2, ?3, ?4, ?5);
-- name: ver_add
INSERT INTO ver (file, d) VALUES (?1, ?2);
-- name: post_add
INSERT INTO post (id, d) VALUES (?1, ?2);
-- name: cref_add
INSERT INTO cref (env, d) VALUES (?1, ?2);
-- name: carrier_add
INSERT INTO carrier (env, d) VALUES (?1, ?2);
-- name: tmod_add
INSERT INTO tmod (id, path, n, d) VALUES (?1, ?2, ?3, ?4);

-- name: env_all
SELECT id, name, parts, ntests, ncarriers, must FROM env ORDER BY id;
-- name: file_all
SELECT id, kind, path, content FROM file ORDER BY id;
-- name: file_hashes
SELECT hashes FROM file WHERE id = ?1;
-- name: ver_get
SELECT d FROM ver WHERE file = ?1;
-- name: post_get
SELECT d FROM post WHERE id = ?1;
-- name: cref_get
SELECT d FROM cref WHERE env = ?1;
-- name: carrier_get
SELECT d FROM carrier WHERE env = ?1;
-- name: tmod_all
SELECT id, path, n FROM tmod WHERE id >= ?1 AND id < ?2 ORDER BY id;
-- name: tmod_get
SELECT d FROM tmod WHERE id = ?1;

-- name: stray_posts
SELECT count(*) FROM post WHERE id >> 32 >= ?1 OR (id & 4294967295) >= ?2;
-- name: stray_vers
SELECT count(*) FROM ver WHERE file >= ?1 OR file < ?2;
