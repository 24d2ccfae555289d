-- One row per share: which snapshot, on which device and below which path, its stamps belong to.
CREATE TABLE stamp_sets (
  id INTEGER PRIMARY KEY,
  share TEXT NOT NULL UNIQUE,
  generation INTEGER NOT NULL,
  manifest TEXT,
  device INTEGER,
  root TEXT
);

-- Who writes stamps now; at most one per set. Its number becomes the set's generation. Numbers are never used twice.
CREATE TABLE stamp_writers (
  generation INTEGER PRIMARY KEY AUTOINCREMENT,
  stamp_set INTEGER NOT NULL UNIQUE
);

-- Packed stamps of a directory, in one row or, when it is wide, in several. Rows whose generation is above their set's
-- are not valid yet.
CREATE TABLE stamps (
  id INTEGER PRIMARY KEY,
  stamp_set INTEGER NOT NULL,
  dir BLOB NOT NULL,
  generation INTEGER NOT NULL,
  records BLOB NOT NULL
);
CREATE INDEX stamps_by_dir ON stamps (stamp_set, dir, generation);

-- Directories that a writer found unchanged: their rows stay.
CREATE TABLE stamps_kept (
  generation INTEGER NOT NULL,
  dir BLOB NOT NULL,
  PRIMARY KEY (generation, dir)
) WITHOUT ROWID;

-- Shares whose publish began and did not end.
CREATE TABLE publishes (
  share TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Blobs that arrived for a publish that is not committed, with the packed list of what they hold.
CREATE TABLE arrived (
  id INTEGER PRIMARY KEY,
  share TEXT NOT NULL,
  blob BLOB NOT NULL,
  size INTEGER NOT NULL,
  contents BLOB NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (share, blob)
);

-- Multipart uploads under way, one per object.
CREATE TABLE uploads (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  bucket TEXT NOT NULL,
  object TEXT NOT NULL,
  upload TEXT NOT NULL,
  part_size INTEGER NOT NULL,
  size INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  UNIQUE (endpoint, bucket, object)
);
CREATE TABLE upload_parts (
  upload INTEGER NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  etag TEXT NOT NULL,
  PRIMARY KEY (upload, number)
) WITHOUT ROWID;
