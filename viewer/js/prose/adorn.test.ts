// Ids of headings.

import assert from "node:assert/strict";
import { test } from "node:test";
import { slug } from "./adorn";

test("headings have GitHub's ids", () => {
  for (const [text, id] of [["Install (HTML)", "install-html"], ["Area in x² and ½", "area-in-x-and-"], ["हिन्दी भाषा", "हिन्दी-भाषा"], ["a_b - C++", "a_b---c"], ["🎉", "section"]] as const) assert.equal(slug(text), id);
});
