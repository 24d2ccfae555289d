// The catalogues: whole in each language, and what the code asks for is in them.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { LANGUAGES, size, t } from "./text";

const read = (language: string, part: string) =>
  JSON.parse(readFileSync(`static/locales/${language}/${part}.json`, "utf8")) as Record<string, string>;

const PARTS = ["page", "renderers"] as const;
const english: Record<string, string> = { ...read("en", "page"), ...read("en", "renderers") };

/** A key without the form that a number gives it. */
const stem = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");

test("every language says everything, with the same values", () => {
  const values = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();
  for (const language of LANGUAGES) {
    for (const part of PARTS) {
      const [ours, theirs] = [read("en", part), read(language, part)];
      assert.deepEqual(new Set(Object.keys(theirs).map(stem)), new Set(Object.keys(ours).map(stem)), `${language}/${part}`);
      for (const [key, text] of Object.entries(theirs)) {
        const original = ours[key] ?? ours[`${stem(key)}_other`] ?? "";
        // A form for one may leave the number out.
        if (!key.endsWith("_one")) assert.deepEqual(values(text), values(original), `${language}/${part} ${key}`);
      }
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      for (const key of Object.keys(theirs).filter((one) => one !== stem(one))) {
        for (const form of forms) assert.ok(`${stem(key)}_${form}` in theirs, `${language}/${part} ${stem(key)}_${form}`);
      }
    }
  }
});

test("no text has two places: the part that comes later would change what is on the page", () => {
  const [page, renderers] = PARTS.map((part) => Object.keys(read("en", part)));
  assert.deepEqual(page?.filter((key) => renderers?.includes(key)), []);
});

test("what the code asks for is there, and nothing else is", () => {
  const known = new Set(Object.keys(english).map(stem));
  const files = [...globSync("viewer/js/**/*.ts"), ...globSync("viewer/src/**/*.rs")].filter((file) => !file.endsWith(".test.ts"));
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const asked = [...text.matchAll(/\b(?:t|text::t|text::with|text::count)\(\s*"([a-z][\w.]*)"/g)].map((found) => found[1] ?? "");
  assert.ok(asked.length > 5);
  assert.deepEqual(asked.filter((key) => !known.has(key)), []);
  // Of a family, the last part is made of what is shown: `kind.${kind}`, `failure.{}.title`.
  const families = [...text.matchAll(/[`"]([a-z]+\.)\$?\{/g)].map((found) => found[1] ?? "");
  const isAsked = (key: string) => text.includes(`"${key}"`) || families.some((family) => key.startsWith(family));
  assert.deepEqual([...known].filter((key) => !isAsked(key)), [], "texts that nobody asks for");
});

test("numbers choose their form", () => {
  assert.equal(t("files", { count: 1 }), "1 file");
  assert.equal(t("files", { count: 12_345 }), "12,345 files");
  assert.equal(t("no.such.key"), "no.such.key");
});

test("sizes have at most three digits", () => {
  const expected = [[0, "0B"], [999, "999B"], [1000, "1 kB"], [1234, "1.2 kB"], [99_949, "99.9 kB"], [99_950, "100 kB"], [999_499, "999 kB"], [999_500, "1 MB"], [5e9, "5 GB"]] as const;
  for (const [bytes, text] of expected) assert.equal(size(bytes).replace(/\s/g, " "), text);
});
