// Task lists as they are found, and any garbage.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lines, object, random } from "../garbage";
import { chosen, countTags, readTasks, tagsOf } from "./model";

const list = (...rows: object[]) => readTasks(rows.map((row) => JSON.stringify(row)).join("\n"));

test("tasks come in their author's order, without deleted ones", () => {
  const { tasks } = list({ task_id: "b", position: 2, desc: "b" }, { task_id: "a", position: -1.5, desc: "a" }, { task_id: "c", desc: "c" }, { task_id: "d", position: 0, deleted: true, desc: "d" });
  assert.deepEqual(tasks.map(({ text }) => text), ["a", "b", "c"]);
});

test("a task that was written twice is what it was last", () => {
  assert.deepEqual(list({ task_id: "a", desc: "old" }, { task_id: "a", desc: "new", done: true, due_date: 5, last_edited: 1600000000000 }).tasks, [
    { id: "a", text: "new", done: true, due: 5, edited: 1600000000000, tags: [] },
  ]);
});

test("tags are words after a hash, and not headings, addresses or code", () => {
  assert.deepEqual(tagsOf("#Now (#Über-maß) see http://x.org/#frag `#code` C#\n# heading\n```\n#fenced\n```\n#now #2 #x_1"), ["now", "über-maß", "x_1"]);
});

test("tags and words choose together", () => {
  const { tasks } = list({ task_id: "1", desc: "Pack the tent #trip #soon" }, { task_id: "2", desc: "Buy fuel #trip", done: true });
  const choose = (words: string, tags: string[], finished = true) => tasks.filter((task) => chosen(task, { words, tags: new Set(tags), finished })).map(({ id }) => id);
  assert.deepEqual(choose("", []), ["1", "2"]);
  assert.deepEqual(choose("", [], false), ["1"]);
  assert.deepEqual(choose("", ["trip", "soon"]), ["1"]);
  assert.deepEqual(choose("FUEL  buy", ["trip"]), ["2"]);
  assert.deepEqual(countTags(tasks), [["trip", 2], ["soon", 1]]);
});

test("any garbage is a list", () => {
  for (let seed = 0; seed < 300; seed++) {
    const next = random(seed);
    const { tasks } = readTasks(lines(next, 20, () => object(next, ["task_id", "desc", "position", "due_date", "done", "deleted", "last_edited"])));
    for (const { due, text, tags } of tasks) {
      assert.equal(typeof text, "string");
      assert.ok(due === undefined || !Number.isNaN(new Date(due).getTime()));
      assert.ok(tags.length <= text.length);
    }
  }
});
