// Diffs of several programs, and what only looks like one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { headerOf, nameOf, unquoted } from "./names";
import { decodedHead } from "./words";
import { type FileDiff, type Rest, parse, settled } from "./parse";

const GIT = `From 1234 Mon Sep 17 00:00:00 2001
Subject: [PATCH] a change

---
diff --git a/src/a b.txt b/src/a b.txt
index 1..2 100644
--- a/src/a b.txt\t
+++ b/src/a b.txt\t
@@ -1,3 +1,3 @@ fn main()
 one
--- two
+++ 2
 three
\\ No newline at end of file
@@ -10 +10,2 @@
 ten
+eleven
diff --git a/old.txt b/new.txt
similarity index 100%
rename from old.txt
rename to new.txt
diff --git a/p.png b/p.png
new file mode 100644
index 0..1
Binary files /dev/null and b/p.png differ
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-x
-- 
2.40.1
`;

const summary = ({ old, now, change, isBinary, added, removed, hunks }: FileDiff) => [old, now, change, isBinary, added, removed, hunks.length];
const filesOf = (text: string) => parse(text).filter((item) => item.kind === "file");
const restOf = (text: string) => parse(text).filter((item): item is Rest => item.kind === "rest").map((item) => item.text);

test("git's headers, renames, binary files, modes", () => {
  assert.deepEqual(filesOf(GIT).map(summary), [
    ["src/a b.txt", "src/a b.txt", "changed", false, 2, 1, 2],
    ["old.txt", "new.txt", "renamed", false, 0, 0, 0],
    ["p.png", "p.png", "added", true, 0, 0, 0],
    ["run.sh", "run.sh", "changed", false, 0, 0, 0],
    ["gone", "gone", "deleted", false, 0, 1, 1],
  ]);
  assert.deepEqual(filesOf(GIT)[3]?.mode, { old: "100644", now: "100755" });
  assert.deepEqual(restOf(GIT), ["From 1234 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] a change\n\n---", "-- \n2.40.1"]);
});

test("rows have the numbers of both files, and rows that look like headers are rows", () => {
  assert.deepEqual(filesOf(GIT)[0]?.hunks[0]?.rows, [
    { sign: " ", text: "one", old: 1, now: 1 },
    { sign: "-", text: "-- two", old: 2, now: undefined },
    { sign: "+", text: "++ 2", old: undefined, now: 2 },
    { sign: " ", text: "three", old: 3, now: 3 },
    { sign: "\\", text: "No newline at end of file", old: undefined, now: undefined },
  ]);
});

test("diffs without git's headers", () => {
  const plain = "--- x.c\t2024-01-01 00:00:00\n+++ y.c\t2024-01-02\n@@ -1 +1 @@\n-a\n+b\n--- z\n+++ z\n@@ -0,0 +1 @@\n+c\nOnly in b: d\n";
  assert.deepEqual(filesOf(plain).map(summary), [["x.c", "y.c", "changed", false, 1, 1, 1], ["z", "z", "changed", false, 1, 0, 1]]);
  assert.deepEqual(restOf(plain), ["Only in b: d"]);
  const svn = `Index: t/x\n${"=".repeat(67)}\n--- t/x\t(revision 1)\n+++ t/x\t(working copy)\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n`;
  assert.deepEqual(parse(svn.replaceAll("\n", "\r\n")).map((item) => item.kind), ["file"]);
});

test("what is no diff comes back as it stands", () => {
  for (const text of ["", "hello\nworld", "1c1\nno command", "--- a\n+++ b\nno hunk", "@@ -1 +1 @@\n-a\n+b", "@@@ -1,1 -1,1 +1,1 @@@\n++x"]) {
    assert.deepEqual(filesOf(text), [], text);
    assert.deepEqual(restOf(text), text === "" ? [] : [text], text);
  }
});

test("a hunk that is cut, or says too much, ends where its rows end", () => {
  const text = "--- a\n+++ b\n@@ -1,9 +1,9 @@\n a\n-b\nhello\n+not of it\n";
  assert.deepEqual(filesOf(text)[0]?.hunks[0]?.rows.length, 2);
  assert.deepEqual(restOf(text), ["hello\n+not of it"]);
});

test("a binary patch is not shown as text", () => {
  const text = "diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 5\nMc$`b*O=B;fW&Sv$;\n\nliteral 0\nHcmV?d00001\n\ndiff --git a/y b/y\nold mode 1\nnew mode 2\n";
  assert.deepEqual(filesOf(text).map((file) => [file.now, file.isBinary]), [["x", true], ["y", false]]);
  assert.deepEqual(restOf(text), []);
});

test("from the last file on a diff can be read again when more comes", () => {
  const whole = parse(GIT);
  for (let cut = 1; cut < GIT.length; cut += 7) {
    const first = parse(GIT.slice(0, cut));
    const kept = settled(first);
    const start = first[kept]?.start ?? 0;
    const shifted = parse(GIT.slice(start)).map((item) => ({ ...item, start: item.start + start }));
    assert.deepEqual([...first.slice(0, kept), ...shifted], whole, String(cut));
  }
});

test("names in quotes, with times, with spaces", () => {
  assert.equal(unquoted('"b/\\303\\244 \\"x\\"\\t€"'), 'b/ä "x"\t€');
  assert.equal(nameOf("a/x\t2024", "a/"), "x");
  assert.equal(nameOf("/dev/null", "b/"), undefined);
  assert.deepEqual(headerOf("a/x b/x b/x b/x"), { old: "x b/x", now: "x b/x" });
  assert.deepEqual(headerOf('"a/\\303\\244" b/z'), { old: "ä", now: "z" });
  assert.deepEqual(headerOf("a/x y b/z w"), { old: undefined, now: undefined });
});

const boxes = (text: string) => parse(text).filter((item): item is FileDiff => item.kind === "file");
const rowsOf = (file: FileDiff | undefined) => (file?.hunks ?? []).flatMap((hunk) => hunk.rows.map(({ sign, text, old, now }) => [sign, text, old, now]));

test("a merge has a sign for each parent", () => {
  const text = "diff --cc notes.txt\nindex 1191247,e2709b3..7d9a1c0\n--- a/notes.txt\n+++ b/notes.txt\n@@@ -1,4 -1,4 +1,5 @@@ heading\n  common line\n- only in ours\n -only in theirs\n++resolved line\n +kept from ours\n  last line\n";
  const [file, ...others] = boxes(text);
  assert.deepEqual([others.length, file?.now, file?.added, file?.removed], [0, "notes.txt", 2, 2]);
  assert.deepEqual(rowsOf(file), [
    ["  ", "common line", 1, 1],
    ["- ", "only in ours", 2, undefined],
    [" -", "only in theirs", 2, undefined],
    ["++", "resolved line", undefined, 2],
    [" +", "kept from ours", 3, 3],
    ["  ", "last line", 4, 4],
  ]);
  assert.equal(parse("@@@ -1 +1 @@@\n x\n")[0]?.kind, "rest");
});

test("context diffs are hunks", () => {
  const text = "*** old.txt\t2024-01-01 10:00:00\n--- new.txt\t2024-01-02 10:00:00\n***************\n*** 1,3 ****\n  same\n! changed old\n  tail\n--- 1,4 ----\n  same\n! changed new\n+ added\n  tail\n***************\n*** 10,11 ****\n  a\n- gone\n--- 11 ----\n";
  const [file, ...others] = boxes(text);
  assert.deepEqual([others.length, file?.old, file?.now, file?.added, file?.removed], [0, "old.txt", "new.txt", 2, 2]);
  assert.deepEqual(rowsOf(file), [
    [" ", "same", 1, 1],
    ["-", "changed old", 2, undefined],
    ["+", "changed new", undefined, 2],
    ["+", "added", undefined, 3],
    [" ", "tail", 3, 4],
    [" ", "a", 10, 11],
    ["-", "gone", 11, undefined],
  ]);
});

test("normal diffs are one file without a name", () => {
  const [file, ...others] = boxes("2c2\n< old line\n---\n> new line\n7a8,9\n> one\n> two\n");
  assert.deepEqual([others.length, file?.added, file?.removed, file?.hunks.length], [0, 3, 1, 2]);
  assert.deepEqual(rowsOf(file), [["-", "old line", 2, undefined], ["+", "new line", undefined, 2], ["+", "one", undefined, 8], ["+", "two", undefined, 9]]);
  assert.equal(boxes("2c\nnew line\n.\n").length, 0);
});

test("the head of a mail is decoded, and only that", () => {
  const head = "From 01 Mon Sep 17\nFrom: =?UTF-8?q?Zo=C3=AB?= <zoe@example.org>\nSubject: [PATCH] =?UTF-8?q?Stra=C3=9Fe?= fixed\n =?iso-8859-1?b?/A==?= =?UTF-8?q?x_y?=\n\nBody =?UTF-8?q?=C3=AB?=";
  assert.equal(decodedHead(head), "From 01 Mon Sep 17\nFrom: Zoë <zoe@example.org>\nSubject: [PATCH] Straße fixed\n üx y\n\nBody =?UTF-8?q?=C3=AB?=");
  assert.equal(decodedHead("text =?UTF-8?q?=C3=AB?="), "text =?UTF-8?q?=C3=AB?=");
  assert.equal(decodedHead("Subject: =?nonsense?q?x?= =?UTF-8?b?%?="), "Subject: =?nonsense?q?x?==?UTF-8?b?%?=");
});

test("lines end as old files end them", () => {
  const text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n";
  for (const end of ["\r", "\r\n", "\r\r\n"]) assert.deepEqual(rowsOf(boxes(text.replaceAll("\n", end))[0]), [["-", "old", 1, undefined], ["+", "new", undefined, 1]]);
});

test("words that are marked stay in their lines", () => {
  const [file, ...others] = parse("diff --git a/t.txt b/t.txt\n--- a/t.txt\n+++ b/t.txt\n@@ -1,3 +1,3 @@\nThe [-quick-]{+slow+} fox\nsecond\n{+all new+}\n[-all old-]\n").filter((item) => item.kind === "file");
  assert.deepEqual([others.length, rowsOf(file)], [0, [[" ", "The [-quick-]{+slow+} fox", 1, 1], [" ", "second", 2, 2], ["+", "{+all new+}", undefined, 3], ["-", "[-all old-]", 3, undefined]]]);
  assert.deepEqual(rowsOf(boxes("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a = [-1-]\n+b\nx\n")[0]).length, 2);
});
