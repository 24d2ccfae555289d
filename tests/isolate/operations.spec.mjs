// docs/operations.md names all that a deployment needs: every variable that the Worker reads, and every binding, class, limit and cron
// of wrangler.toml, in the configuration that it shows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (file) => readFileSync(join(root, file), "utf8");
const page = read("docs/operations.md");

test("every variable stands in docs/operations.md", () => {
  const config = read("worker/src/config.rs").split("#[cfg(test)]")[0];
  const names = new Set([...config.matchAll(/"([A-Z][A-Z0-9_]{5,})"/g)].map(([, name]) => name));
  assert.ok(names.size > 15, `${[...names]}`);
  const table = page.split("\n## Variables\n")[1].split("\n## ")[0];
  const shown = new Set([...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) => cell.match(/[A-Z][A-Z0-9_]+/g)));
  assert.deepEqual([...shown].sort(), [...names].sort());
});

test("the configuration of docs/operations.md has what wrangler.toml has", () => {
  const shown = page.match(/^```toml\n(.*?)^```$/ms)[1];
  const kept = /^(main|compatibility_date|binding|name|class_name|tag|new_sqlite_classes|crons|simple|migrations_dir|directory|run_worker_first|html_handling|not_found_handling|workers_dev) = .*$/gm;
  const lines = (text) => text.match(kept);
  const missing = lines(read("wrangler.toml")).filter((line) => !lines(shown).includes(line));
  assert.deepEqual(missing, []);
});
