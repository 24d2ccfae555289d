// docs/api.md keeps its promises: its shell blocks run in order, in one shell, against the tests' Worker, and what it shows of the answers is
// what comes. And its tables have every call, every code and every state that the protocol has, and no others.
//
// A ```json block stands behind the ```sh block whose last answer it shows: what it has must be there; `…` stands for any text, and a
// number that is a time for any number. A ```text block shows the last lines, in the same way. ```console and other blocks are not run.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/api.md"), "utf8");
const port = process.env.VITRINE_TEST_PORT;
/** Between the outputs of two blocks; no answer has this character. */
const MARK = "\u001e";
const SECONDS_MAX = 90;

/** The fenced blocks: shell blocks, each with what is shown right behind it. */
function steps() {
  const found = [];
  let end = -1;
  for (const { 0: whole, 1: language, 2: text, index } of page.matchAll(/^```(\w+)\n(.*?)^```\n/gms)) {
    if (language === "sh") found.push({ script: text });
    else if (index === end + 1 && (language === "json" || language === "text")) found.at(-1).shown = { language, text };
    end = language === "sh" ? index + whole.length : -1;
  }
  return found;
}

const pattern = (text) => new RegExp(`^${text.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`, "s");

/** Whether an answer has what is shown of it. */
function agrees(answer, shown, where) {
  if (typeof shown === "string") return assert.match(String(answer), pattern(shown), where);
  // A time, or a size of the machine.
  if (typeof shown === "number" && shown > 1e9) return assert.equal(typeof answer, "number", where);
  if (typeof shown !== "object" || shown === null) return assert.equal(answer, shown, where);
  if (Array.isArray(shown)) assert.equal(answer?.length, shown.length, `${where}: how many`);
  for (const [name, value] of Object.entries(shown)) agrees(answer?.[name], value, `${where}.${name}`);
}

/** One answer over several lines, or one a line. */
function answersIn(text) {
  try {
    return [JSON.parse(text)];
  } catch {
    return text.trim().split("\n").map((line) => JSON.parse(line));
  }
}

function compare({ language, text }, output, where) {
  // The page is about the port that `npm start` has.
  const lines = output.replaceAll(`:${port}/`, ":8787/").trim().split("\n");
  if (language === "text") {
    const shown = text.trim().split("\n");
    lines.slice(-shown.length).forEach((line, at) => assert.match(line, pattern(shown[at]), where));
    return;
  }
  const shown = answersIn(text);
  const answers = lines.filter((line) => line.startsWith("{")).slice(-shown.length);
  assert.equal(answers.length, shown.length, `${where}: answers in ${output}`);
  answers.forEach((answer, at) => agrees(JSON.parse(answer), shown[at], `${where} (${answer})`));
}

test("the worked example of docs/api.md", () => {
  const all = steps();
  assert.ok(all.filter(({ shown }) => shown).length > 25, `${all.length} blocks`);
  const script = all.map(({ script }) => `${script}\nprintf '${MARK}'\n`).join("");
  const env = { ...process.env, VITRINE: process.env.VITRINE_TEST_PROGRAM, VITRINE_API: `http://app.localhost:${port}` };
  const ran = spawnSync("bash", ["-eu", "-o", "pipefail", "-c", script], { cwd: root, env, encoding: "utf8", timeout: SECONDS_MAX * 1000 });
  const outputs = ran.stdout.split(MARK);
  const last = all[outputs.length - 1]?.script;
  assert.equal(ran.status, 0, `it ended (${ran.status ?? ran.signal}) in:\n${last}\n${outputs.at(-1)}\n${ran.stderr}`);
  assert.equal(outputs.length, all.length + 1);
  all.forEach(({ script, shown }, at) => {
    if (shown) compare(shown, outputs[at], script.trim().split("\n").at(-1));
  });
});

test("every call, code and state stands in docs/api.md", () => {
  const source = (file) => readFileSync(join(root, "protocol/src", file), "utf8");
  const rows = (title, at) => {
    const section = page.split(`\n${title}\n`)[1].split(/\n## /)[0];
    return [...section.matchAll(/^\| `([^`]+)` \|(?: ([^|]+) \|)?/gm)].map((row) => (at === 1 ? row[1] : `${row[1]} ${row[2].trim()}`)).sort();
  };
  const calls = [...source("api/calls.rs").matchAll(/^ {4}\w+ (Get|Post) "([^"]+)" (\w+) /gm)];
  assert.ok(calls.length > 30);
  assert.deepEqual(rows("## Every call", 2), calls.map(([, method, path, rule]) => `${method.toUpperCase()} ${path} ${rule.toLowerCase()}`).sort());
  const codes = [...source("problem.rs").matchAll(/^ {4}\w+ = "(\w+)", (\d+), /gm)];
  assert.ok(codes.length > 30);
  assert.deepEqual(rows("## Errors", 2), codes.map(([, code, status]) => `${code} ${status}`).sort());
});
