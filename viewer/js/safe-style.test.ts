// What of an author's inline styles may stand in the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDarkColor, safeStyle } from "./safe-style";

const kept = (style: string) => safeStyle(style).map(([name, value]) => `${name}: ${value}`).join("; ");

test("what says something is kept", () => {
  for (const style of [
    "background: #aa9cfc; padding: 0.45em 0.6em; margin: 0 0.25em; line-height: 1; border-radius: 0.35em",
    "font-size: 0.8em; font-weight: bold; vertical-align: middle; margin-left: 0.5rem",
    "white-space: pre; overflow-x: auto; line-height: normal; font-family: Menlo,'DejaVu Sans Mono',consolas,monospace",
    "color: #008000; text-decoration-color: #008000",
    "background-color: hsl(120, 100.00%, 72.10%); opacity: 0.91",
    "display: flex; gap: 20px",
    "border: 2px solid #d62728; width: 120px; border-left-color: rgb(1 2 3 / 50%)",
    "background: linear-gradient(90deg, #d65f5f 50.0%, transparent 50.0%); width: 10em",
    "grid-template-columns: repeat(3, minmax(0, 1fr))",
    "line-height: 2.5; direction: ltr; color: red",
  ]) assert.equal(kept(style), style);
  assert.equal(kept("COLOR:Red!important ; ;text-align:center"), "color: Red; text-align: center");
});

test("what loads, covers, moves or grows is not", () => {
  for (const style of [
    "position: fixed; top: 0; left: 0; inset: 0; z-index: 9",
    "background: url(https://example.org/x)",
    "background-image: image-set('x' 1x)",
    "background: linear-gradient(red, blue), url(x)",
    "background: u\\72l(x)",
    "background: /**/url(x)",
    "background-image: element(#x)",
    "width: 100000px",
    "width: 1e9px",
    "height: 99999px",
    "height: calc(100px * 99999)",
    "width: var(--x)",
    "margin-top: -500px",
    "margin: 0 -1px",
    "padding: 3000pt",
    "font-size: 400px",
    "font: 900px serif",
    "text-indent: -9999px",
    "border-width: 5000px",
    "transform: scale(9)",
    "animation: x 1s",
    "content: 'x'",
    "--x: 1",
    "behavior: expression(1)",
    "cursor: none",
    "color: \"red\"",
    "color: attr(x)",
    `color: ${"a".repeat(400)}`,
    "color: red".padEnd(5_000),
  ]) assert.equal(kept(style), "", style);
  assert.equal(kept("position:absolute;color:red"), "color: red");
  assert.equal(kept("background:url(a;color:blue);color:red"), "color: red");
});

test("dark and light grounds are told apart", () => {
  for (const [value, dark] of [["#08306b", true], ["#deebf7", false], ["#fff", false], ["rgb(10, 20, 30)", true], ["rgb(200 210 220)", false], ["hsl(120, 100%, 72.1%)", false], ["hsl(0, 100%, 20%)", true], ["yellow", undefined]] as const) {
    assert.equal(isDarkColor(value), dark, value);
  }
});
