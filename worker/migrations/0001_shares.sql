-- What is listed and searched. The read path never asks here: it reads meta.json and latest.json in the bucket.
CREATE TABLE shares (
  share_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  path TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  license TEXT NOT NULL,
  scope TEXT NOT NULL,
  org_id TEXT,
  indexing_opt_in INTEGER NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  published_at INTEGER,
  manifest_id TEXT,
  file_count INTEGER,
  size_bytes INTEGER,
  idempotency_key TEXT
);

CREATE INDEX shares_by_project ON shares (project_id, created_at);

CREATE UNIQUE INDEX shares_by_key ON shares (project_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Every mutation through the API: who, when, what.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  share_id TEXT,
  detail TEXT NOT NULL
);
