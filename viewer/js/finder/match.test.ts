// What is found, in which order, and which letters are marked; and that it is the best way to find them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, foldQuery } from "./fold";
import { type Hit, Paths } from "./match";
import { readPage } from "./page";
import { type Span, Term, places, score } from "./score";
import { page } from "./written";

const of = (...paths: string[]): Paths => {
  const all = new Paths();
  all.add(readPage(page(paths.map((path) => [path, "text"]))));
  return all;
};

const found = (paths: Paths, query: string): string[] => paths.findNow(query, 10).map((hit) => hit.path);

/** The path with what was marked in brackets. */
function marked({ path, marks }: Hit): string {
  let [text, at] = ["", 0];
  for (const [from, to] of marks) {
    text += `${path.slice(at, from)}[${path.slice(from, to)}]`;
    at = to;
  }
  return text + path.slice(at);
}

test("letters in their order, anywhere, in any case", () => {
  const paths = of("src/Main.rs", "docs/manual.md", "README.md");
  assert.deepEqual(found(paths, "main"), ["src/Main.rs"]);
  assert.deepEqual(found(paths, "srm"), ["src/Main.rs"]);
  assert.deepEqual(found(paths, "readme"), ["README.md"]);
  assert.deepEqual(found(paths, "emdaer"), []);
  assert.deepEqual(found(paths, "  "), []);
});

test("a capital letter makes case count", () => {
  const paths = of("main.rs", "Main.rs");
  assert.deepEqual(found(paths, "Main"), ["Main.rs"]);
  assert.deepEqual(new Set(found(paths, "main")), new Set(["main.rs", "Main.rs"]));
});

test("terms are separated by spaces, in any order, and each must fit", () => {
  const paths = of("lectures/week-03/waves.ipynb", "lectures/week-04/waves.ipynb", "week-03.md");
  assert.deepEqual(found(paths, "waves 03"), ["lectures/week-03/waves.ipynb"]);
  assert.deepEqual(found(paths, "03 waves lect"), ["lectures/week-03/waves.ipynb"]);
  assert.deepEqual(found(paths, "waves nowhere"), []);
});

test("the file's name, starts of words and runs come first", () => {
  const first = (query: string, ...paths: string[]) => found(of(...paths.toSorted()), query)[0];
  assert.equal(first("model", "models/old/notes.txt", "src/model.py"), "src/model.py");
  assert.equal(first("test", "a/latest.txt", "a/my_test.txt"), "a/my_test.txt");
  assert.equal(first("gs", "a/bags.txt", "a/getState.txt"), "a/getState.txt");
  assert.equal(first("conf", "a/c-o-n-f.txt", "a/my-conf.txt"), "a/my-conf.txt");
  assert.equal(first("conf", "a/c1o2n3f.txt", "a/xconfx.txt"), "a/xconfx.txt");
  assert.equal(first("readme", "deep/down/README.md", "README.md"), "README.md");
  assert.equal(first("fb", "foo/bar.md", "fxxb.md"), "foo/bar.md");
});

test("what is marked is the best way to find the letters", () => {
  const one = (query: string, path: string) => marked(of(path).findNow(query, 1)[0] ?? { path: "", kind: "", marks: [] });
  assert.equal(one("main", "models/alpha/in/main.rs"), "models/alpha/in/[main].rs");
  assert.equal(one("sm", "src/a/same_match.ts"), "src/a/[s]ame_[m]atch.ts");
  assert.equal(one("aa", "xa/aa"), "xa/[aa]");
  assert.equal(one("b a", "a/b"), "[a]/[b]");
  assert.equal(one("cafe", "lé/café.md"), "lé/[café].md");
  assert.equal(one("é", "cafe\u0301"), "caf[e]\u0301");
  assert.equal(one("📈", "plot-📈.png"), "plot-[📈].png");
});

test("folding keeps every unit in its place", () => {
  for (const text of ["Straße", "ÉCOLE", "İstanbul", "한글 파일", "Ωμέγα", "ﬁn", "📁A", "cafe\u0301", "\ud83d"]) {
    assert.equal(fold(text).length, text.length, text);
  }
  assert.equal(fold("Crème BRÛLÉE"), "creme brulee");
  assert.equal(foldQuery("cafe\u0301"), "cafe");
  assert.equal(fold("한글"), "한글", "syllables are no letters with accents");
});

test("pages may come in any order, while somebody types", async () => {
  const paths = new Paths();
  const first = readPage(page([["a/one.txt", "text"], ["a/only.txt", "text"]]));
  paths.add(first);
  assert.deepEqual(found(paths, "o"), ["a/one.txt", "a/only.txt"]);
  paths.add(readPage(page([["b", "dir"], ["b/one.md", "markdown"]])));
  assert.equal(paths.length, 4);
  assert.deepEqual((await paths.find("one", 10)).map((hit) => [hit.path, hit.kind]), [["b/one.md", "markdown"], ["a/one.txt", "text"]]);
  assert.deepEqual(found(paths, "onl"), ["a/only.txt"], "narrower");
  assert.deepEqual(found(paths, "on"), ["b/one.md", "a/one.txt", "a/only.txt"], "wider again");
  assert.equal((await paths.find("o", 1)).length, 1);
});

test("a search ends when it is told to", async () => {
  const paths = new Paths();
  const many = Array.from({ length: 3000 }, (_, n): [string, string] => [`${"deep/folder/".repeat(20)}${String(n).padStart(5, "0")}`, "text"]);
  const one = readPage(page(many));
  for (let n = 0; n < 40; n += 1) paths.add(one);
  const ending = AbortSignal.abort(new Error("typed on"));
  await assert.rejects(paths.find("deepfolder1", 10, ending), /typed on/);
});

/** A random text of few letters, so that they repeat. */
function random(seed: number): (letters: string, length: number) => string {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  return (letters, length) => Array.from({ length: 1 + next(length) }, () => letters.charAt(next(letters.length))).join("");
}

test("the score is the best of all ways, and the places are one of those", () => {
  const write = random(7);
  for (let round = 0; round < 3000; round += 1) {
    const text = write("abB/_1", 12);
    const folded = fold(text);
    const term = new Term(write("ab1", 4));
    const span: Span = { text, compared: folded, begin: 0, end: text.length, name: text.lastIndexOf("/") + 1 };
    const best = everyWay(term.text, folded).map((way) => worthOf(term, span, way)).reduce((a, b) => Math.max(a, b), -1);
    assert.equal(score(term, span), best, `${term.text} in ${text}`);
    if (best < 0) continue;
    const way = places(term, span);
    assert.equal(way.map((at) => folded.charAt(at)).join(""), term.text);
    assert.equal(worthOf(term, span, way), best, `${term.text} in ${text}: ${way.join()}`);
  }
});

/** All ways to find the letters in their order. */
function everyWay(term: string, text: string, from = 0): number[][] {
  if (term === "") return [[]];
  const ways: number[][] = [];
  for (let at = from; at < text.length; at += 1) {
    if (text.charAt(at) === term.charAt(0)) ways.push(...everyWay(term.slice(1), text, at + 1).map((rest) => [at, ...rest]));
  }
  return ways;
}

/** What one way counts for: that of a text in which every other letter is hidden. */
function worthOf(term: Term, span: Span, way: readonly number[]): number {
  const only = [...span.compared].map((letter, at) => (way.includes(at) ? letter : "\0")).join("");
  return score(term, { ...span, compared: only });
}
