// Languages by what a file says of itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { languageNamed } from "../highlight";
import { languageOf } from "./language";

test("modelines come first, then names, then what the text begins with", () => {
  for (const [name, text, expected] of [
    ["x", "#!/usr/bin/env python3\n", { fallback: "python" }],
    ["x", "#! /usr/bin/env -S FOO=1 node --flag\n", { fallback: "javascript" }],
    ["x", "#!/bin/bash -e\n", { fallback: "shell" }],
    ["x", "#!/opt/unknown\n", {}],
    ["x.txt", "# vim: set ts=2 ft=ruby :\n", { certain: "ruby" }],
    ["x", `${"line\n".repeat(500)}/* vim: ft=cpp */\n`, { certain: "cpp" }],
    ["x.h", "/* -*- mode: c++; tab-width: 2 -*- */", { certain: "cpp" }],
    ["x.py", "# -*- coding: utf-8 -*-\n", {}],
    ["x", "\n<?xml version=\"1.0\"?>\n", { fallback: "xml" }],
    ["x", "<!DOCTYPE html>\n<p>", { fallback: "html" }],
    ["x", "diff --git a/x b/x\n", { fallback: "diff" }],
    ["x.h", "namespace a {", { certain: "cpp" }],
    ["x.h", "int f(void);", {}],
    ["x.m", "x = 1;\n% comment", { certain: "octave" }],
    ["x.m", "#import <Foundation/Foundation.h>", { certain: "objective-c" }],
    ["Snakefile", "", { certain: "python" }],
    ["plain.txt", "Dear reader", {}],
  ] as const) {
    assert.deepEqual(languageOf(name, text), expected, `${name}: ${text}`);
  }
});

test("every name that is given is one of CodeMirror's", () => {
  for (const name of ["ruby", "groovy", "python", "toml", "json", "shell", "latex", "xml", "cpp", "javascript", "typescript", "properties files", "objective-c", "mathematica", "octave", "php", "html", "diff", "dockerfile", "perl", "lua", "r", "julia", "tcl", "scheme", "haskell", "swift", "powershell", "scala", "lisp"]) {
    assert.ok(languageNamed(name), name);
  }
});
