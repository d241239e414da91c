-- The whole schema of .testmondata.  A database is never changed in place:
-- each save builds the file anew from this text, so that the same content
-- gives the same bytes.  Rows are inserted in the order of their keys.
--
-- Ids are dense and come from sorting, hence nothing but content decides them:
--   file     by (kind, path)
--   env      by (name, parts)
--   carrier  inside one env: the tests first, by (test file, node id), then
--            the others by (kind, owner, hash of content)
--
-- Blobs: v is a LEB128 varint, s a varint length, the bytes and a NUL, SET and
-- STR the codings of src/pack.h, u32 little endian.  Each sequence of SETs or
-- STRs starts afresh.
--
-- Pages are of 1024 bytes below 1000 files and 5000 tests, where half-filled
-- ones would be a third of the database, and of 4096 above.

PRAGMA encoding = 'UTF-8';
PRAGMA journal_mode = OFF;
PRAGMA application_id = 0x74617574; -- "taut"
PRAGMA user_version = 2; -- TAUT_FORMAT

-- One row, k = 'digest': 16 bytes "taut-digest-xxh3" and the XXH3-128 of the
-- file with the 16 bytes that follow set to zero.  It must stay the first
-- table: readers look for the row in page 2.
CREATE TABLE meta (
	k TEXT PRIMARY KEY,
	v BLOB NOT NULL
) WITHOUT ROWID;

-- An environment: results of other ones lie side by side.
CREATE TABLE env (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	parts BLOB NOT NULL, -- v n, each: s name, s value, u8 class
	ntests INTEGER NOT NULL,
	ncarriers INTEGER NOT NULL, -- tests included
	must BLOB NOT NULL -- SET of tests that must run
);

-- What a carrier can depend on.
CREATE TABLE file (
	id INTEGER PRIMARY KEY,
	kind INTEGER NOT NULL, -- enum taut_kind
	path TEXT NOT NULL, -- any bytes but NUL
	content BLOB, -- digest of "the file as recorded", or NULL
	hashes BLOB NOT NULL -- ascending, 5 bytes each, little endian
);

-- The module versions of a Python file.
--   v n, each: STR            the names used below, sorted
--   v n, each: u32            the branch hashes used below, ascending
--   v n, each version:        v hash (index into file.hashes)
--     v n << 1 | docstrings, each unit:
--                             u32 hash, u8 kind | effect << 4,
--                             above PURE: u32 calls, v branch (index + 1, 0 = none), v owner,
--                             v n, each: v name
CREATE TABLE ver (
	file INTEGER PRIMARY KEY,
	d BLOB NOT NULL
);

-- Who depends on what: for a file, the distinct sets of its hashes.
--   v n, each: SET            indices into file.hashes
--        each: SET            the carriers that depend on just these
CREATE TABLE post (
	id INTEGER PRIMARY KEY, -- env << 32 | file
	d BLOB NOT NULL
);

-- Which carrier refers to which: the distinct lists.
--   v n, each: SET            (carrier - ntests) << 2 | enum taut_edge
--        each: SET            the carriers that have this list
CREATE TABLE cref (
	env INTEGER PRIMARY KEY,
	d BLOB NOT NULL
);

-- The carriers that are no tests, in the order of their ids.
--   each: u8 kind, STR owner
CREATE TABLE carrier (
	env INTEGER PRIMARY KEY,
	d BLOB NOT NULL
);

-- A test file and its tests.
--   each test: STR            node id; the path counts as the one before
--   v n, each: v gap, v length - 1, u8
--                             runs of tests that did not pass: taut_outcome
--   v n, each: v gap, STR     tests that must run, and why
CREATE TABLE tmod (
	id INTEGER PRIMARY KEY, -- env << 32 | rank of path
	path TEXT NOT NULL,
	n INTEGER NOT NULL, -- tests
	d BLOB NOT NULL
);
