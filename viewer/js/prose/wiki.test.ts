// Where notes and pictures that are named without a folder are looked for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates } from "./wiki";

test("notes are looked for upwards, pictures in their usual folders, too", () => {
  assert.deepEqual(candidates("A%20note.md"), ["A%20note.md", "A%20note.ipynb", "../A%20note.md", "../A%20note.ipynb", "../../A%20note.md", "../../A%20note.ipynb", "../../../A%20note.md", "../../../A%20note.ipynb", "/A%20note.md", "/A%20note.ipynb"]);
  const pictures = candidates("a%20b.PNG");
  assert.equal(pictures[0], "a%20b.PNG");
  assert.ok(pictures.includes("attachments/a%20b.PNG") && pictures.includes("/attachments/a%20b.PNG"));
  assert.ok(pictures.length <= 60);
  assert.deepEqual(candidates("/x.pdf"), ["/x.pdf"]);
});
