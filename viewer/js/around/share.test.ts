// What is handed on: addresses by name, and embedding lines that no title can break out of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { embedCode, handedOn } from "./share";

const at = (path: string) => new URL(path, "https://s.test") as unknown as Location;
const shown = { manifestId: "m", title: "t", scope: "public", owner: undefined, slug: undefined };

test("the address is the page's own, without what only the embedding page needs", () => {
  assert.equal(handedOn(shown, at("/abc/a%20b/c.md?view=source&embed=#L3")), "https://s.test/abc/a%20b/c.md?view=source#L3");
});

test("a share with a name is handed on by it", () => {
  const named = { ...shown, owner: "ada", slug: "waves" };
  assert.equal(handedOn(named, at("/abc/a%20b/c.md#x")), "https://s.test/@ada/waves/a%20b/c.md#x");
  assert.equal(handedOn(named, at("/abc/")), "https://s.test/@ada/waves");
});

test("a title stays in its quotes", () => {
  const code = embedCode("https://s.test/a/b?x=1&y=\"", "\"><script>alert(1)</script>&");
  assert.equal(code.match(/<script/g)?.length, 1);
  assert.ok(code.includes('frame-title="&quot;>&lt;script>alert(1)&lt;/script>&amp;"'));
});
