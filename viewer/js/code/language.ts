// Which language a text is in: what the text says of itself in a modeline, its name, its first line, its beginning. Pure; the
// code page calls it. It refuses to guess: a text that says nothing of itself is plain.

import { sharedLanguage } from "./shared-endings";

/** Names that CodeMirror's list does not have, or has for another language. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(gemfile|rakefile|vagrantfile|podfile|brewfile)$/i, "ruby"],
  [/^jenkinsfile$/i, "groovy"],
  [/^(sconstruct|sconscript|build|workspace|build\.bazel|snakefile)$/i, "python"],
  [/\.(sage|pyx|pxd|pxi|bzl|gyp|spyx|smk)$/i, "python"],
  [/^(cargo\.lock|poetry\.lock|pdm\.lock|uv\.lock)$/i, "toml"],
  [/\.(webmanifest|geojson|topojson|ipynb|jsonl|ndjson|code-workspace|board|slides|tasks|sage-chat)$/i, "json"],
  [/^\.(bashrc|bash_profile|bash_aliases|profile|zshrc|zshenv|envrc)$/i, "shell"],
  [/\.(zsh|fish|command)$/i, "shell"],
  [/\.(sty|cls|dtx|ins|bbx|cbx|tikz|latex)$/i, "latex"],
  [/\.(svg|xsl|xslt|plist|gpx|kml|rss|atom|qrc|ui|csproj|vcxproj|xhtml)$/i, "xml"],
  [/\.(cu|cuh|ino|ipp|tpp|inl)$/i, "cpp"],
  [/\.(mjs|cjs)$/i, "javascript"],
  [/\.(mts|cts)$/i, "typescript"],
  [/\.(editorconfig|gitconfig|desktop|service|conf|cfg)$/i, "properties files"],
  [/^\.(gitconfig|npmrc|editorconfig)$/i, "properties files"],
];

/** What runs a script, by the name in its first line. */
const INTERPRETERS: Record<string, string> = {
  sh: "shell", bash: "shell", zsh: "shell", dash: "shell", ksh: "shell", fish: "shell",
  python: "python", pypy: "python", sage: "python", ipython: "python",
  node: "javascript", deno: "typescript", bun: "typescript", "ts-node": "typescript", tsx: "typescript",
  ruby: "ruby", perl: "perl", lua: "lua", php: "php", rscript: "r", julia: "julia", groovy: "groovy", tclsh: "tcl", wish: "tcl",
  guile: "scheme", racket: "scheme", runhaskell: "haskell", runghc: "haskell", swift: "swift", pwsh: "powershell", awk: "shell", ocaml: "ocaml", scala: "scala",
};

/** How a text begins. */
const BEGINNINGS: readonly (readonly [RegExp, string])[] = [
  [/^<\?php\b/, "php"],
  [/^<\?xml\b/, "xml"],
  [/^<!doctype\s+html\b|^<html\b/i, "html"],
  [/^diff --git |^--- \S.*\n\+\+\+ /, "diff"],
  [/^\\documentclass\b|^\\begin\{document\}/m, "latex"],
  [/^FROM \S+(\s+AS \S+)?\s*$/im, "dockerfile"],
];

/** Modelines stand this near the top or the bottom. */
const MODELINES = 5;

function modeline(text: string): string | undefined {
  const head = text.slice(0, 2_000).split("\n", MODELINES);
  const tail = text.slice(-2_000).split("\n").slice(-MODELINES - 1);
  for (const line of [...head, ...tail]) {
    const vim = /\b(?:vim?|ex):.*?\b(?:ft|filetype|syntax)=([\w+#-]+)/.exec(line)?.[1];
    const emacs = /-\*-\s*(?:.*?\bmode:\s*)?([\w+#-]+)\s*(?:;.*)?-\*-/i.exec(line)?.[1];
    const found = vim ?? (emacs && /^coding$/i.test(emacs) ? undefined : emacs);
    if (found !== undefined) return MODES[found.toLowerCase()] ?? found.toLowerCase();
  }
  return undefined;
}

/** Editors' own names. */
const MODES: Record<string, string> = { sh: "shell", bash: "shell", zsh: "shell", make: "text", makefile: "text", tex: "latex", plaintex: "latex", "c++": "cpp", js: "javascript", cperl: "perl", "emacs-lisp": "lisp", conf: "properties files", dosini: "properties files" };

function interpreter(text: string): string | undefined {
  const line = /^#!\s*(\S+)(?:\s+(.*))?/.exec(text.slice(0, 300).split("\n", 1)[0] ?? "");
  if (!line) return undefined;
  const words = /\benv$/.test(line[1] ?? "") ? (line[2] ?? "").split(/\s+/).filter((word) => !/^-|=/.test(word)) : [line[1] ?? ""];
  const program = (words[0] ?? "").split("/").at(-1)?.toLowerCase() ?? "";
  return INTERPRETERS[program] ?? INTERPRETERS[program.replace(/[\d.]+$/, "")];
}

const firstOf = (table: readonly (readonly [RegExp, string])[], text: string) => table.find(([pattern]) => pattern.test(text))?.[1];

/**
 * The language's name, for CodeMirror's list; nothing when only the list itself may know the file's name. `text` may be the
 * beginning of a longer one.
 */
export function languageOf(name: string, text: string): { certain?: string; fallback?: string } {
  const start = text.slice(0, 20_000);
  const certain = modeline(text) ?? sharedLanguage(name, start) ?? firstOf(NAMES, name);
  const fallback = interpreter(start) ?? firstOf(BEGINNINGS, start.replace(/^\s+/, ""));
  return { ...(certain === undefined ? {} : { certain }), ...(fallback === undefined ? {} : { fallback }) };
}
