// Shares that mean harm: every vector in every place that a share has for text. Nothing may run outside the sandboxed frame, and
// nothing of the page may lead out. What a script can do that does run in the frame is for hostile-script.spec.mjs.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { RUNNING, hasCorpus, makeShare, vectors } from "./hostile-share.mjs";
import { SANDBOX, proxy, showAll, until, walk, watch, watching } from "./hostile-watch.mjs";
import { frameOrigin, launch, publish, shareUrl, urlPath } from "./world.mjs";

const made = makeShare();
let browser;
let share;
before(async () => {
  browser = await launch();
  share = publish(made.root, ["--title", RUNNING[0], "--description", vectors.join("\n\n").slice(0, 3000), "--license", RUNNING[1]]);
});
after(() => browser.close());

/** Thousands of pages and frames: two minutes where nothing else runs, and several beside other work. */
const long = { timeout: 900_000 };

/** A test with a watched context, which fails on anything wrong that was seen in it. */
const watched = (name, work, options = {}) => test(name, long, () => watching(browser, work, options));

describe("the watch", () => {
  test("sees a script in the viewer, a dialog and a popup", long, async () => {
    const context = await watch(browser);
    const page = await context.page();
    await context.open(page, shareUrl(share));
    await page.evaluate(() => alert(1));
    await page.evaluate(() => void open("about:blank"));
    await until(() => context.wrong.length >= 4);
    assert.deepEqual(context.wrong.map((what) => what.split(": ")[0]).sort(), ["a dialog", "a page was opened", "a script ran outside the frame", "a script ran outside the frame"]);
    await context.context.close();
  });

  test("sees a handler in the viewer, where no policy stops it, and every trace of it in the page", long, async () => {
    const context = await watch(browser, { bypassCSP: true });
    const page = await context.page();
    await context.open(page, shareUrl(share));
    await page.evaluate((html) => (document.querySelector("main").innerHTML = html), RUNNING.join(""));
    for (const what of ["error", "srcdoc", "toggle", "quoted"]) {
      const found = await until(() => context.wrong.some((line) => line.startsWith(`a script ran outside the frame: alert(${what})`)));
      assert.ok(found, `${what} in ${context.wrong.join("\n")}`);
    }
    const found = await page.evaluate((looking) => globalThis.vitrineLookOver(looking), { sandbox: SANDBOX, frameOrigin });
    for (const what of ["an element", "a handler", "an iframe"]) assert.ok(found.some((line) => line.startsWith(what)), `${what} in ${found}`);
    await context.context.close();
  });

  watched("sees scripts in the frame", async (context) => {
    const page = await context.page();
    await context.open(page, shareUrl(share, made.pages[1]));
    await until(() => context.runs.length > 0);
    assert.deepEqual(context.runs.map(({ call, origin }) => [call, origin]), [["alert(tag)", "null"]]);
  });
});

// `wrangler dev` reads HTML on its way with a parser that gives up on some of it, which production does not have.
const pages = made.pages.filter((path) => !/<select/i.test(path));

describe("every vector", { concurrency: 3 }, () => {
  watched("as Markdown, and as the name of its file and folder", (context) => walk(context, share, made.documents));

  watched("as an HTML file", async (context) => {
    await showAll(context, share, pages);
    runInFrame(context, ["tag", "error", "svg", "srcdoc", "toggle", "quoted"], 40);
  });

  // Each output has its own frame, which loads when a reader comes near. What would run in them all has run above, under the
  // same policy; of the first hundred, every one is waited for.
  watched("as an HTML output, and in the notebook's titles", async (context) => {
    await walk(context, share, made.outputs.slice(0, 1));
    runInFrame(context, ["tag", "error", "srcdoc", "toggle", "quoted"], 5);
    await walk(context, share, made.outputs.slice(1), { waiting: false });
  });

  // The harder case stands for the easier one: the policy, which would stop what gets past the sanitiser, is off. Without it
  // frames too would load what they like; here they do not load at all.
  watched("as a cell, and as every other output, before the sanitiser alone", async (context) => {
    await walk(context, share, ["together", "together/README.md", ...made.cells, ...made.outputs], { waiting: false });
    assert.deepEqual(context.runs, []);
  }, { bypassCSP: true, proxy: { ...proxy, bypass: "share.localhost" } });
});

/** The vectors did what they can where they may: the rest of the test is not empty. */
function runInFrame(context, expected, least) {
  const ran = context.runs.map(({ call }) => call);
  for (const what of expected) assert.ok(ran.includes(`alert(${what})`), `${what} ran in the frame`);
  assert.ok(!hasCorpus || ran.length > least, `${ran.length} calls in the frame`);
}

describe("all vectors", { concurrency: 2 }, () => {
  watched("in listings, tables, code and pictures, drawn and as their source", async (context) => {
    await walk(context, share, [...made.others, ...pages.slice(0, 20)]);
    const page = await context.page();
    for (const path of ["together/README.md", pages[1], "cells/0.ipynb", "together/drawing.svg"]) {
      await context.open(page, `${shareUrl(share, path)}?view=source`);
    }
  });

  // What a policy cannot refuse, a page that leads elsewhere, is the sanitiser's to take out.
  watched("before the policy alone, put into the page as they are", async (context) => {
    const page = await context.page();
    await context.open(page, shareUrl(share));
    const inject = async (vectors) => {
      for (const vector of vectors) {
        const place = document.body.appendChild(document.createElement("div"));
        place.innerHTML = vector;
        for (const script of place.querySelectorAll("script")) {
          const copy = document.createElement("script");
          for (const { name, value } of script.attributes) if (/^[a-z-]+$/.test(name)) copy.setAttribute(name, value);
          copy.text = script.text;
          script.replaceWith(copy);
        }
        await new Promise((resolve) => setTimeout(resolve));
        place.remove();
      }
    };
    await page.evaluate(inject, vectors.filter((vector) => !/http-equiv/i.test(vector)));
    assert.deepEqual(context.runs, []);
  });
});

watched("every name is text in the page's head", async (context) => {
  const page = await context.page();
  await context.open(page, shareUrl(share));
  /** Pages whose elements are not those of the first one, or whose title is not their name. */
  const compare = async (addresses) => {
    const described = (element) => [element.localName, ...[...element.attributes].map(({ name }) => name), element.getAttribute("src")].join(" ");
    const read = async ({ url, name }) => {
      const document = new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html");
      // The beginning of a text has elements of its own: the few that it may have.
      const text = document.querySelector("#first .prose");
      const plain = "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong del table thead tbody tr th td hr br".split(" ");
      const wrong = [...(text?.querySelectorAll("*") ?? [])].filter(({ localName, attributes }) => !plain.includes(localName) || attributes.length > 0);
      if (wrong.length > 0) return { url, name, title: "", elements: wrong.map(({ outerHTML }) => outerHTML).join("\n") };
      text?.replaceChildren();
      // A name with slashes is several steps.
      const steps = document.querySelector("#first .crumbs");
      const isStep = ({ localName }) => ["li", "a", "span", "bdi"].includes(localName);
      if ([...(steps?.querySelectorAll("*") ?? [])].every(isStep)) steps?.replaceChildren();
      return { url, name, title: document.title, elements: [...document.querySelectorAll("*")].map(described).join("\n") };
    };
    const pages = [];
    for (let from = 0; from < addresses.length; from += 8) pages.push(...(await Promise.all(addresses.slice(from, from + 8).map(read))));
    // A title's white space is the browser's to join.
    const joined = (text) => text.trim().replace(/[ \t\n\f\r]+/g, " ");
    return pages.filter(({ name, title, elements }) => !title.startsWith(joined(name)) || elements !== pages[0].elements);
  };
  const addresses = made.documents.map((path) => ({ url: `/${share.share_id}/${urlPath(path)}`, name: path.split("/").at(-1) }));
  const found = await page.evaluate(compare, addresses);
  assert.deepEqual(found.slice(0, 5), [], `${found.length} in all`);
});

watched("a title, a description and a licence are text", async (context) => {
  const page = await context.page();
  // Spread over the list, which is ordered by kind.
  const titles = vectors.filter((vector, n) => n % Math.ceil(vectors.length / 4) === 1 || vector.startsWith("</title>")).filter((vector) => Buffer.byteLength(vector) <= 100);
  assert.ok(titles.length >= 3);
  const folder = mkdtempSync(join(tmpdir(), "vitrine-titled-"));
  writeFileSync(join(folder, "a.txt"), "a");
  for (const title of titles) {
    const titled = publish(folder, ["--title", title, "--description", title, "--license", title]);
    for (const path of ["", "a.txt"]) {
      await context.open(page, shareUrl(titled, path));
      assert.equal(await page.locator("ol.crumbs li").first().textContent(), title);
      const found = await page.evaluate((looking) => globalThis.vitrineLookOver(looking), { sandbox: SANDBOX, frameOrigin });
      assert.deepEqual(found, []);
      await page.getByText(`Licence: ${title}`).waitFor();
    }
  }
});
