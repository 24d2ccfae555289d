-- The control plane: slugs, full-text search, hosts, projects and jobs.

-- Anew, because full-text search needs an integer key that a VACUUM does not change.
CREATE TABLE shares_new (
  row INTEGER PRIMARY KEY,
  share_id TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL,
  path TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  license TEXT NOT NULL,
  scope TEXT NOT NULL,
  org_id TEXT,
  indexing_opt_in INTEGER NOT NULL,
  state TEXT NOT NULL,
  suspended INTEGER NOT NULL DEFAULT 0,
  owner TEXT,
  slug TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  collected_at INTEGER,
  -- 0 before the first publish: what is compared in a row with others must not be null.
  published_at INTEGER NOT NULL DEFAULT 0,
  manifest_id TEXT,
  file_count INTEGER,
  size_bytes INTEGER,
  stars INTEGER NOT NULL DEFAULT 0,
  views INTEGER NOT NULL DEFAULT 0,
  idempotency_key TEXT,
  request_hash TEXT
);

INSERT INTO shares_new (share_id, project_id, path, title, description, license, scope, org_id, indexing_opt_in, state,
  created_at, created_by, updated_at, published_at, manifest_id, file_count, size_bytes, idempotency_key)
SELECT share_id, project_id, path, title, description, license, scope, org_id, indexing_opt_in, state,
  created_at, created_by, created_at, COALESCE(published_at, 0), manifest_id, file_count, size_bytes, idempotency_key FROM shares
ORDER BY created_at;

DROP TABLE shares;
ALTER TABLE shares_new RENAME TO shares;

CREATE UNIQUE INDEX shares_by_key ON shares (project_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- What browsing walks along, a page at a time; `row` breaks ties, so that a cursor names one place. Who may see a share is decided
-- in the index: without those columns, a walk past many unlisted shares looks up each of them (docs/bench/control.md).
CREATE INDEX shares_by_newest ON shares (state, published_at DESC, row DESC, scope, org_id, project_id);
CREATE INDEX shares_by_stars ON shares (state, stars DESC, row DESC, published_at, scope, org_id, project_id);
CREATE INDEX shares_by_views ON shares (state, views DESC, row DESC, published_at, scope, org_id, project_id);
CREATE INDEX shares_by_project ON shares (project_id, state, published_at DESC, row DESC);
CREATE INDEX shares_by_owner ON shares (owner, state, published_at DESC, row DESC) WHERE owner IS NOT NULL;

-- The sitemap's.
CREATE INDEX shares_listed ON shares (created_at, share_id, published_at)
WHERE scope = 'public' AND state = 'active' AND indexing_opt_in = 1 AND published_at > 0;

CREATE VIRTUAL TABLE shares_text USING fts5 (
  title, description, path,
  content = 'shares', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO shares_text (rowid, title, description, path) SELECT row, title, description, path FROM shares;

CREATE TRIGGER shares_text_add AFTER INSERT ON shares BEGIN
  INSERT INTO shares_text (rowid, title, description, path) VALUES (new.row, new.title, new.description, new.path);
END;
CREATE TRIGGER shares_text_drop AFTER DELETE ON shares BEGIN
  INSERT INTO shares_text (shares_text, rowid, title, description, path)
  VALUES ('delete', old.row, old.title, old.description, old.path);
END;
CREATE TRIGGER shares_text_change AFTER UPDATE OF title, description, path ON shares
WHEN old.title IS NOT new.title OR old.description IS NOT new.description OR old.path IS NOT new.path BEGIN
  INSERT INTO shares_text (shares_text, rowid, title, description, path)
  VALUES ('delete', old.row, old.title, old.description, old.path);
  INSERT INTO shares_text (rowid, title, description, path) VALUES (new.row, new.title, new.description, new.path);
END;

-- Names for people, the old ones too: a name that led somewhere never leads elsewhere.
CREATE TABLE slugs (
  owner TEXT NOT NULL,
  slug TEXT NOT NULL,
  share_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (owner, slug)
);

CREATE TABLE hosts (
  host_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  -- invited, active, revoked
  state TEXT NOT NULL,
  public_key TEXT,
  -- The SHA-256 of the enrolment token, in hex: the token itself is nowhere.
  enrolment_hash TEXT UNIQUE,
  enrolment_expires_at INTEGER,
  version TEXT NOT NULL DEFAULT '',
  boot_id TEXT NOT NULL DEFAULT '',
  capacity INTEGER NOT NULL DEFAULT 0,
  free_bytes INTEGER NOT NULL DEFAULT 0,
  -- The projects it says it has, as JSON.
  reported_projects TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  seen_at INTEGER,
  revoked_at INTEGER,
  idempotency_key TEXT UNIQUE,
  request_hash TEXT
);

CREATE TABLE projects (
  project_id TEXT PRIMARY KEY,
  host_id TEXT,
  assigned_at INTEGER NOT NULL
);
CREATE INDEX projects_by_host ON projects (host_id);

CREATE TABLE jobs (
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  share_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  host_id TEXT,
  -- queued, running, succeeded, failed, canceled
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  -- The start of the agent that has it.
  boot_id TEXT,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  -- Its project goes to another host as soon as this one has let go.
  moving INTEGER NOT NULL DEFAULT 0,
  -- The particulars, the progress, and how it ended, as JSON of the protocol's types.
  work TEXT NOT NULL,
  progress TEXT,
  result TEXT,
  error TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- It is not handed out before.
  not_before INTEGER NOT NULL DEFAULT 0,
  -- It fails when no host has taken it by then.
  expires_at INTEGER NOT NULL,
  started_at INTEGER,
  heartbeat_at INTEGER,
  finished_at INTEGER
);
CREATE INDEX jobs_by_host ON jobs (host_id, state, created_at);
CREATE INDEX jobs_by_share ON jobs (share_id, created_at);
CREATE INDEX jobs_by_state ON jobs (state, heartbeat_at);
-- One publish of a share runs, and one more waits at most; one that is offered again (`attempt` > 0) goes before that.
CREATE UNIQUE INDEX jobs_one_running ON jobs (share_id) WHERE kind = 'publish' AND state = 'running';
CREATE UNIQUE INDEX jobs_one_waiting ON jobs (share_id) WHERE kind = 'publish' AND state = 'queued' AND attempt = 0;

-- Which job an idempotency key made or joined, and a hash of what was asked for with it.
CREATE TABLE job_keys (
  project_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  job_id TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, idempotency_key)
);

CREATE INDEX audit_by_share ON audit (share_id, id);
