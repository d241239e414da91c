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
-- STRs starts afresh.  A column marked "squeezed" holds its blob as
-- src/squeeze.h makes it.
--
-- Groups.  Most things have an entry of some ten or hundred bytes that is much
-- like its neighbours'.  The entries of neighbours, by id, share a row: that
-- leaves no bytes to the row of each and lets what they repeat be squeezed out,
-- and reading one still takes its group alone.  `id` is that of the first, ids
-- leave no gaps, an entry may be empty, and `d` is
--   v n, n bytes: squeezed    each entry: v length
--   squeezed                  the entries, a segment each
-- Where a group ends is up to hashes of paths, not to a count: what is new or
-- gone changes its own group and lets the others be (src/dbgroup.c).
--
-- Pages are of 1024 bytes below 1000 files and 5000 tests, where half-filled
-- ones would be a third of the database, and of 4096 above.

PRAGMA encoding = 'UTF-8';
PRAGMA journal_mode = OFF;
PRAGMA application_id = 0x74617574; -- "taut"
PRAGMA user_version = 6; -- TAUT_FORMAT

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
	must BLOB NOT NULL, -- SET of tests that must run
	modules BLOB NOT NULL, -- squeezed; the test files, sorted
	carriers BLOB NOT NULL, -- squeezed; those that are no tests, by id
	refs BLOB NOT NULL -- which carrier refers to which
);
-- modules:
--   v n, each: STR            path
--   each: v                   tests
-- carriers:
--   each: u8 kind, STR owner
-- refs: the distinct lists.
--   v n, each: SET            (carrier - ntests) << 2 | enum taut_edge
--        each: SET            the carriers that have this list

-- What a carrier can depend on.  All are read at start.  These groups have a
-- form of their own: `d`, squeezed, is
--   v n, each: STR            path; any bytes but NUL
--   each: u8                  enum taut_kind | has content << 3
--   each that has: 16 bytes   digest of "the file as recorded"; of Python
--                             files only, others have just one hash then
CREATE TABLE file (
	id INTEGER PRIMARY KEY,
	d BLOB NOT NULL
);

-- The hashes of a file that carriers depend on, ascending.
--   each: 5 bytes             little endian
CREATE TABLE hash (
	id INTEGER PRIMARY KEY, -- file; groups
	d BLOB NOT NULL
);

-- The module versions of a Python file; empty if it has none.
--   v n, each: STR            the names used below, sorted
--   v n, each: u32            the branch hashes used below, ascending
--   v n, each version:        v hash (index into the file's)
--     v n << 1 | docstrings, each unit:
--                             u32 hash, u8 kind | effect << 4,
--                             above PURE: u32 calls, v branch (index + 1, 0 = none), v owner,
--                             v n, each: v name
CREATE TABLE ver (
	id INTEGER PRIMARY KEY, -- file; groups
	d BLOB NOT NULL
);

-- Who depends on what: for a file, the distinct sets of its hashes; empty if
-- nobody does in this environment.
--   v n, each: SET            indices into the file's hashes
--        each: SET            the carriers that depend on just these
CREATE TABLE post (
	id INTEGER PRIMARY KEY, -- env << 32 | file; groups
	d BLOB NOT NULL
);

-- The tests of a test file.
--   each test: STR            node id; the path counts as the one before
--   v n, each: v gap, v length - 1, u8
--                             runs of tests that did not pass: taut_outcome
--   v n, each: v gap, STR     tests that must run, and why
CREATE TABLE test (
	id INTEGER PRIMARY KEY, -- env << 32 | index in env.modules; groups
	d BLOB NOT NULL
);
