// A command that is pasted into a shell means what it says, whatever a share or its files are called.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { copyCommand, folderName } from "./command";

test("a folder's name comes from the title", () => {
  assert.equal(folderName("Waves & more"), "Waves-more");
  assert.equal(folderName("  ../..  "), "share");
  assert.equal(folderName("数学 ノート"), "数学-ノート");
  assert.equal(folderName("-rf"), "rf");
  assert.equal([...folderName("𝔐".repeat(99))].length, 40);
});

test("the address is the page's", () => {
  const copied = copyCommand("https://share.example", "/e0123/data/a%20b", "Data");
  assert.equal(copied, "vitrine copy https://share.example/e0123/data/a%20b ./Data");
  assert.equal(copyCommand("https://share.example", "/e0123/", ""), "vitrine copy https://share.example/e0123 ./share");
});

test("a shell sees three words after the program, and runs nothing", () => {
  const hostile = ["$(touch x)", "`id`", "a;b", "a && b", "'", '"', "\\", "\n", "~", "!!", "*", "a|b", ">x", "#", "%0aid", "-o", "\u202e"];
  for (const text of hostile) {
    const command = copyCommand("https://share.example", `/e0123/${text}`, text);
    const words = execFileSync("sh", ["-c", `vitrine() { printf '%s\\n' "$#" "$1"; }; ${command}`], { encoding: "utf8" });
    assert.equal(words, "3\ncopy\n", command);
  }
});
