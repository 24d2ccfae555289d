-- What a share's object tells the lists is a whole with a number: what comes late changes nothing.
ALTER TABLE shares ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- A record that the object keeps until it is here has a name, so that two who write it write one.
ALTER TABLE audit ADD COLUMN record_id TEXT;
CREATE UNIQUE INDEX audit_by_record ON audit (record_id) WHERE record_id IS NOT NULL;
