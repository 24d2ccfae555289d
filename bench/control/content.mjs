// The shares that are searched: written straight into the local database's file, while nothing else has it open. All of it
// comes from seeded numbers, so that every run searches the same rows for the same words. Called by bench/control.mjs.
//
// The words are made of syllables and are as frequent as words of a language are (Zipf): the tenth is in about 30 % of the
// rows, thousands are in a few. Nobody's language has exactly these, but a full-text index only sees how often and where.

import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join, say, seconds } from "../../scripts/run.mjs";

const VOCABULARY = 20_000;
const PROJECTS = 2000;
const ORGS = 200;

/** Milliseconds; rows are made over three years before it. */
const NOW = Date.UTC(2026, 9, 1);
const SPAN = 3 * 365 * 24 * 3600 * 1000;

/** Numbers that look random and are the same in each run (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws ranks 0 to `count` - 1, the n-th with a weight of 1/(n + 1). */
function zipf(random, count) {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let n = 0; n < count; n += 1) sums[n] = sum += 1 / (n + 1);
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const ONSETS = "b br c ch d dr f fl g gr h j k l m n p pl pr qu r s sc sh sl st t th tr v w y z".split(" ");
const NUCLEI = "a e i o u ai au ea ee ie io oa ou".split(" ");
const CODAS = ["", "", "", "l", "m", "n", "nd", "r", "rt", "s", "st", "t", "x"];

/** So many words, all different: the frequent ones have one or two syllables, the others more. */
function vocabulary(random) {
  const words = new Set();
  const pick = (list) => list[Math.floor(random() * list.length)];
  while (words.size < VOCABULARY) {
    const syllables = 1 + Math.floor(random() * (words.size < 300 ? 2 : 4));
    let word = "";
    for (let n = 0; n < syllables; n += 1) word += pick(ONSETS) + pick(NUCLEI) + pick(CODAS);
    words.add(word);
  }
  return [...words];
}

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";
const text = (random, length) => Array.from({ length }, () => CROCKFORD[Math.floor(random() * 32)]).join("");
const named = (kind, n) => `${kind}-${String(n).padStart(4, "0")}`;

/** The user who may read and write what a busy person may: 20 organisations, 50 projects, large ones and small ones. */
export const busyUser = {
  sub: "busy-user",
  org_ids: Array.from({ length: 20 }, (_, n) => named("org", n * 7)),
  projects: Array.from({ length: 50 }, (_, n) => named("project", n * 31)),
};

/** Has a few shares, of 100,000. */
export const SMALL_PROJECT = named("project", PROJECTS - 1);

const SCOPES = [["public", 0.55], ["unlisted", 0.75], ["authenticated", 0.85], ["org", 1]];

/** Makes rows, one after another. */
function maker() {
  const random = numbers(5);
  const words = vocabulary(random);
  const [word, project, org] = [zipf(random, VOCABULARY), zipf(random, PROJECTS), zipf(random, ORGS)];
  const some = (least, most) => Array.from({ length: least + Math.floor(random() * (most - least + 1)) }, () => words[word()]);
  const count = () => (random() < 0.5 ? 0 : Math.floor(random() ** -1.5) - 1);
  const row = () => {
    const drawn = random();
    const scope = SCOPES.find(([, up]) => drawn < up)[0];
    const made = NOW - Math.floor(random() * SPAN);
    const published = random() < 0.9;
    const fate = random();
    return {
      share_id: `e${text(random, 25)}`,
      project_id: named("project", project()),
      path: some(1, 3).join("/"),
      title: some(3, 8).join(" "),
      description: some(10, 50).join(" "),
      scope,
      org_id: scope === "org" ? named("org", org()) : null,
      state: fate < 0.97 ? "active" : fate < 0.99 ? "deleted" : "suspended",
      created_at: made,
      published_at: published ? made + Math.floor(random() * 1e9) : 0,
      manifest_id: published ? `01${text(random, 24).toUpperCase()}` : null,
      file_count: published ? 1 + Math.floor(random() * 1000) : null,
      size_bytes: published ? Math.floor(random() * 1e9) : null,
      stars: count(),
      views: count() * 20,
    };
  };
  return row;
}

const INSERT = `INSERT INTO shares (share_id, project_id, path, title, description, license, scope, org_id, indexing_opt_in,
  state, created_at, created_by, updated_at, published_at, manifest_id, file_count, size_bytes, stars, views)
  VALUES (:share_id, :project_id, :path, :title, :description, 'CC-BY-4.0', :scope, :org_id, 1, :state, :created_at, 'u',
  :created_at, :published_at, :manifest_id, :file_count, :size_bytes, :stars, :views)`;

/** The words that are searched for, by how many rows have them. */
function chosen(database, count) {
  database.exec("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'shares_text', 'row')");
  // Short ones are left out: what people type has more letters.
  const nearest = (share, letters = 3) =>
    database.prepare("SELECT term, doc FROM temp.words WHERE length(term) > ? ORDER BY abs(doc - ?), term LIMIT 1").get(letters, share * count);
  const [rare, common, first, second] = [nearest(0.0001, 5), nearest(0.3), nearest(0.05), nearest(0.02)];
  const matches = (query) => database.prepare("SELECT COUNT(*) AS n FROM shares_text WHERE shares_text MATCH ?").get(query).n;
  const row = (name, query) => ({ name, query, rows: matches(`${query.split(" ").map((word) => `"${word}"`).join(" ")}*`) });
  return [
    row("a rare word", rare.term),
    row("a common word", common.term),
    row("two words", `${first.term} ${second.term}`),
    row("two letters", common.term.slice(0, 2)),
  ];
}

/** The file that wrangler keeps a state's one D1 database in. */
export function databaseFile(state) {
  const folder = join(state, "v3/d1/miniflare-D1DatabaseObject");
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  return join(folder, file);
}

/** Writes so many shares in one transaction. Returns the queries to search for, and the id of one share. */
export function fill(state, count) {
  say(`writing ${count} shares into the database`);
  const begun = Date.now();
  const database = new DatabaseSync(databaseFile(state));
  const [row, insert] = [maker(), database.prepare(INSERT)];
  database.exec("PRAGMA cache_size = -200000; PRAGMA synchronous = OFF; BEGIN");
  for (let n = 0; n < count; n += 1) insert.run(row());
  database.exec("COMMIT");
  const queries = chosen(database, count);
  const { share_id: share } = database.prepare("SELECT share_id FROM shares WHERE row = ?").get(count >> 1);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  say(`wrote them (${seconds(begun)})`);
  return { queries, share };
}
