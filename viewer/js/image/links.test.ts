// Which drawings name pictures outside of themselves.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { linksIn } from "./links";

test("only drawings that name other pictures are taken apart", () => {
  assert.equal(linksIn(readFileSync("tests/cases/30-svg-files/linked-photo.svg", "utf8")), true);
  assert.equal(linksIn('<svg><svg:image xlink:href = "a b.png"/></svg>'), true);
  assert.equal(linksIn("<svg><filter><feImage href='x.png'/></filter></svg>"), true);
  for (const none of ['<svg><image href="data:image/png;base64,AA"/></svg>', '<svg><use href="#a"/></svg>', '<svg><a href="x.html"/></svg>', '<svg><image href="#a"/></svg>']) assert.equal(linksIn(none), false, none);
});
