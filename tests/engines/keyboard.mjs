// The keys that lead through a share, in every engine.

import assert from "node:assert/strict";
import { join } from "node:path";
import { publish, shareUrl } from "../browser/world.mjs";
import { isSettled, linesOfCode, open, until } from "./seam.mjs";

const welcome = join(import.meta.dirname, "../../examples/welcome");

let published;
const share = () => (published ??= publish(welcome, ["--title", "Waves"]));

const focused = () => document.activeElement.textContent;
const names = () => [...document.querySelectorAll("table.listing tbody .name a")].map((link) => link.textContent);

export function keyboard(screen) {
  screen("rows are gone through, opened and left by keys", async (tab) => {
    await open(tab, shareUrl(share()));
    const listed = await tab.evaluate(names);
    assert.ok(listed.length > 3);
    const press = async (key, expected) => {
      await tab.press(key);
      await until(tab, (wanted) => document.activeElement.textContent === wanted, [expected], () => `${expected} to have the focus after ${key}`);
    };
    await press("j", listed[0]);
    await press("j", listed[1]);
    await press("ArrowDown", listed[2]);
    await press("k", listed[1]);
    await press("ArrowUp", listed[0]);
    assert.equal(await tab.evaluate(focused), listed[0]);
    await tab.press("Enter");
    await until(tab, (name) => decodeURIComponent(location.pathname).endsWith(`/${name}`) && document.querySelector("main h1")?.textContent === name, [listed[0]]);
    await until(tab, isSettled);
    await tab.press("u");
    await until(tab, () => document.title === "Waves");
    await until(tab, isSettled);
    assert.deepEqual(await tab.evaluate(names), listed);
  });

  screen("the help opens and closes by keys", async (tab) => {
    await open(tab, shareUrl(share()));
    await tab.press("?");
    await until(tab, () => document.querySelector("dialog[open], [role=dialog]")?.innerText.includes("Next entry"), [], () => "the help");
    await tab.press("Escape");
    await until(tab, () => document.querySelector("dialog[open], [role=dialog]") === null, [], () => "the help to be closed");
  });

  screen("a file is found and opened by its letters", async (tab) => {
    await open(tab, shareUrl(share()));
    await tab.press("t");
    await until(tab, () => document.activeElement.matches("input"), [], () => "the finder's field");
    for (const letter of "tides.c") await tab.press(letter);
    await until(tab, () => document.querySelector("[role=option]")?.textContent.includes("tides.csv"), [], () => "tides.csv among the found");
    await tab.press("Enter");
    await until(tab, () => location.pathname.endsWith("/data/tides.csv"));
    await until(tab, isSettled);
  });

  screen("lines are searched in code", async (tab) => {
    await open(tab, shareUrl(share(), "code/dispersion.py"));
    await until(tab, linesOfCode);
    await tab.press("f", true);
    await until(tab, () => document.activeElement.shadowRoot?.activeElement?.matches("input"), [], () => "the search field of the code");
    for (const letter of "def") await tab.press(letter);
    await until(tab, () => [...document.querySelectorAll("main *")].some(({ shadowRoot }) => shadowRoot?.querySelector(".cm-searchMatch")), [], () => "matches");
  });
}
