// Languages by what a file says of itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { languageNamed } from "../highlight";
import { languageOf } from "./language";
import { PLAIN, SHARED, sharedLanguage } from "./shared-endings";

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
    ["x.h", "int f(void);", { certain: "c" }],
    ["x.m", "x = 1;\n% comment", { certain: "octave" }],
    ["x.m", "#import <Foundation/Foundation.h>", { certain: "objective-c" }],
    ["Snakefile", "", { certain: "python" }],
    ["plain.txt", "Dear reader", {}],
  ] as const) {
    assert.deepEqual(languageOf(name, text), expected, `${name}: ${text}`);
  }
});

test("every name that is given is one of CodeMirror's", () => {
  for (const name of SHARED.flatMap(([, signs]) => signs.map(([, language]) => language))) assert.ok(name === PLAIN || languageNamed(name), name);
  for (const name of ["ruby", "groovy", "python", "toml", "json", "shell", "latex", "xml", "cpp", "javascript", "typescript", "properties files", "objective-c", "mathematica", "octave", "php", "html", "diff", "dockerfile", "perl", "lua", "r", "julia", "tcl", "scheme", "haskell", "swift", "powershell", "scala", "lisp"]) {
    assert.ok(languageNamed(name), name);
  }
});

test("languages that share an ending are told apart by what they say", () => {
  for (const [name, text, expected] of [
    ["family.pl", ":- dynamic parent/2.\n% Prolog\nparent(anne, bob).\n", PLAIN],
    ["facts.pl", "parent(anne, bob).\nancestor(X, Y) :- parent(X, Y).\n", PLAIN],
    ["run.pl", "#!/usr/bin/perl\nuse strict;\nmy $x = foo(1);\nprint(\"a.\");\n", "perl"],
    ["run.pl", "use v6;\nmy $x = 1;\n", PLAIN],
    ["app_de.ts", '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n<TS version="2.1">', "xml"],
    ["app.ts", "const x: number = 1;\n", "typescript"],
    ["Proof.v", "(* Coq *)\nTheorem t : forall n : nat, n = n.\nProof. reflexivity. Qed.\n", PLAIN],
    ["adder.v", "module adder(input a, output b);\n  assign b = a;\nendmodule\n", "verilog"],
    ["main.v", "module main\n\nfn main() {\n\tprintln('x')\n}\n", PLAIN],
    ["f.m", "% MATLAB\nfunction y = f(x)\n  y = x.^2;\nend\n", "octave"],
    ["hello.m", ":- module hello.\n:- interface.\n", PLAIN],
    ["App.m", "#import <UIKit/UIKit.h>\n@implementation App\n@end\n", "objective-c"],
    ["plot.m", "f[x_] := x^2\nPlot[f[x], {x, 0, 1}]\n", "mathematica"],
    ["a.h", "#ifndef A_H\n#define A_H\nint f(void);\n#endif\n", "c"],
    ["a.h", "#pragma once\ntemplate <class T>\nclass A {};\n", "cpp"],
    ["a.r", "REBOL [\n  Title: {x}\n]\n", PLAIN],
    ["a.R", "x <- c(1, 2)\n", "r"],
    ["thesis.cls", "% a class\n\\NeedsTeXFormat{LaTeX2e}\n", "latex"],
    ["Form.cls", "VERSION 1.0 CLASS\nAttribute VB_Name = \"Form\"\n", "vb.net"],
    ["Job.cls", "public with sharing class Job {\n}\n", PLAIN],
    ["app.pro", "QT += core gui\nTARGET = app\n", "properties files"],
    ["plot.pro", "pro plot, x, y\n  compile_opt idl2\nend\n", "idl"],
    ["rules.pro", ":- use_module(library(lists)).\n", PLAIN],
    ["boot.asm", "section .text\nmov ax, bx\n", "gas"],
    ["app.d", "module app;\nimport std.stdio;\n", "d"],
    ["main.d", "main.o: main.c \\\n  main.h\n", PLAIN],
    ["a.f", "      PROGRAM OLD\n      END\n", "fortran"],
    ["a.f", ": square ( n -- n ) dup * ;\n", "forth"],
    ["a.fs", "module A\nlet x = 1\n", "f#"],
    ["a.fs", "#version 330\nout vec4 c;\nvoid main() {}\n", PLAIN],
    ["a.fs", ": square dup * ;\n", "forth"],
    ["Module1.bas", "Attribute VB_Name = \"M\"\nSub A()\nEnd Sub\n", "vbscript"],
  ] as const) {
    assert.equal(sharedLanguage(name, text), expected, `${name}: ${text}`);
  }
  assert.equal(languageOf("Snakefile.smk", "rule all:\n").certain, "python");
});
