// Which diagrams the whole library is fetched for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { needsWhole } from "./diagrams";

test("only what the small library lacks takes the whole one", () => {
  for (const source of ["mindmap\n  root", "---\ntitle: x\n---\narchitecture-beta\n", "sequenceDiagram\n  Note over A,B: $$x^2$$", "  radar-beta\n"]) assert.ok(needsWhole(source), source);
  for (const source of ["flowchart LR\n  a --> b", "pie\n \"mindmap\": 3", "gantt\n  title $5 plan", "timeline\n  2002 : blocks"]) assert.ok(!needsWhole(source), source);
});
