// Boards, slides, tasks, conversations and worksheets of CoCalc's, and the course that is never shown. Hostile ones last.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accounts, chatMoment, makeHostileShare, makeShare } from "./cocalc-share.mjs";
import { screens } from "./fixture.mjs";
import { vectors } from "./hostile-share.mjs";
import { SANDBOX, proxy, watching } from "./hostile-watch.mjs";
import { frameOrigin, newPage, open, publish, shareUrl } from "./world.mjs";

const { world, screen } = screens(makeShare);

/** What a reader can see or hear of the content, as text. */
const textOf = (page) => page.locator(".content").innerText();
const sheetTransform = (page) => page.locator(".board-page:not([hidden]) .sheet").evaluate((sheet) => sheet.style.transform);
/** Waits for a condition that is asked in the page's own words. */
const until = (page, ready, argument) => page.waitForFunction(ready, argument, { timeout: 15_000 });

describe("a board", () => {
  screen("has its pieces in the order of reading, and nothing that is not for readers", "a.board", async (page) => {
    const shown = await page.locator(".board-page:not([hidden])").innerText();
    for (const text of ["First note", "second note", "white on white", "Frame title", "said on the board", "Person 1", "1:00", "paused", "no such icon", "hologram", "terminal"]) assert.ok(shown.includes(text), text);
    for (const text of ["never shown", "hidden note", "on the second page"]) assert.ok(!shown.includes(text), text);
    assert.ok(shown.indexOf("First note") < shown.indexOf("second note"));
    assert.ok(shown.indexOf("printed first") < shown.indexOf("printed later"));
    assert.equal(await page.locator(".board-page:not([hidden]) .line").count(), 1);
    await page.getByRole("img", { name: "done", exact: true }).waitFor();
    await page.getByText("One line of this file could not be read").waitFor();
    await page.getByText("One line drawn by hand").waitFor();
  });

  screen("moves and zooms by keys, wheel and hand", "a.board", async (page) => {
    const moved = async (act) => {
      const before = await sheetTransform(page);
      await act();
      await until(page, (was) => document.querySelector(".board-page:not([hidden]) .sheet").style.transform !== was, before);
    };
    const surface = page.locator(".board-window");
    await surface.focus();
    const whole = await sheetTransform(page);
    await moved(() => page.keyboard.press("+"));
    await moved(() => page.keyboard.press("ArrowRight"));
    await moved(() => page.keyboard.press("-"));
    await moved(() => page.keyboard.press("0"));
    assert.equal(await sheetTransform(page), whole);
    const box = await surface.boundingBox();
    await page.mouse.move(box.x + 20, box.y + box.height - 20);
    await page.keyboard.down("Control");
    await moved(() => page.mouse.wheel(0, -200));
    await page.keyboard.up("Control");
    await moved(async () => {
      await page.mouse.down();
      await page.mouse.move(box.x + 120, box.y + box.height - 90, { steps: 4 });
      await page.mouse.up();
    });
    await moved(() => page.mouse.wheel(0, 60));
    await moved(() => page.getByRole("button", { name: "Zoom in" }).click());
    await moved(() => page.getByRole("button", { name: "Show all" }).click());
  });

  screen("turns its pages, and each has an address", "a.board", async (page, published) => {
    await page.getByRole("button", { name: "Next page" }).click();
    await page.locator(".piece").getByText("on the second page").waitFor();
    assert.equal(new URL(page.url()).hash, "#page=2");
    assert.ok(await page.getByRole("button", { name: "Next page" }).isDisabled());
    await open(page, `${shareUrl(published, "a.board")}#id=b0`);
    await page.locator(".piece").getByText("on the second page").waitFor();
    await page.evaluate(() => (location.hash = "#page=1"));
    await page.locator(".piece").getByText("First note").waitFor();
  });

  screen("lists what is on it, and can be read as a list", "a.board", async (page) => {
    await page.getByRole("button", { name: "Contents" }).click();
    await page.getByRole("button", { name: "second note" }).click();
    await page.getByRole("button", { name: "Read as a list" }).click();
    const [first, second] = await Promise.all(["First note", "second note"].map((text) => page.locator(".piece", { hasText: text }).last().boundingBox()));
    assert.ok(first.y + first.height <= second.y, "one below the other");
    assert.equal(await page.locator(".piece-pen").first().isVisible(), false);
  });

  for (const colorScheme of ["light", "dark"]) {
    screen(`can be read whatever its colours, in ${colorScheme} mode`, "a.board", async (page) => {
      const worst = await page.evaluate(() => {
        const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const rgb = (colour) => {
          canvas.clearRect(0, 0, 1, 1);
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data];
        };
        const luminance = ([r, g, b]) => [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)).reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
        const ground = (element) => {
          for (let at = element; at; at = at.parentElement) if (rgb(getComputedStyle(at).backgroundColor)[3] === 255) return luminance(rgb(getComputedStyle(at).backgroundColor));
          return 1;
        };
        const contrast = (element) => {
          const [a, b] = [luminance(rgb(getComputedStyle(element).color)), ground(element)];
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        };
        return Math.min(...[...document.querySelectorAll(".piece-note p, .piece-note h1, .piece-text p, .hashtag, .clock-state, .piece-facts, .left-out")].map(contrast));
      });
      assert.ok(worst >= 4.5, `a contrast of ${worst}`);
    }, { options: { colorScheme } });
  }
});

describe("slides", () => {
  screen("stand one below the other, without what is outside and without notes", "a.slides", async (page) => {
    const column = await page.locator(".slides-column").innerText();
    for (const n of [1, 2, 3]) assert.ok(column.includes(`Title ${n}`));
    assert.ok(!/never shown|outside of the slide/.test(await page.locator(".content").evaluate((content) => content.textContent)));
    const box = await page.locator(".slides-column .slide-box").first().boundingBox();
    assert.ok(Math.abs(box.width / box.height - 1050 / 591) < 0.03, "16 to 9");
    const slide = await page.locator(".slides-column .slide").first().boundingBox();
    assert.ok(Math.abs(slide.width - box.width) < 4, "a slide fills its box");
    await page.locator(".thumb-picture .slide").first().waitFor();
    await page.getByRole("button", { name: "Slide 3: Title 3" }).click();
    await until(page, () => location.hash === "#slide=3");
  });

  screen("have addresses", (published) => `${shareUrl(published, "a.slides")}#slide=3`, async (page) => {
    await until(page, () => document.querySelector("#slide-3").getBoundingClientRect().top < innerHeight / 2);
  });

  screen("are presented over the whole screen", "a.slides", async (page) => {
    await page.getByRole("button", { name: "Present" }).click();
    const stage = page.getByRole("dialog");
    await stage.getByText("Title 1").waitFor();
    await page.keyboard.press("ArrowRight");
    await stage.getByText("Title 2").waitFor();
    await page.keyboard.press("Space");
    await stage.getByText("Title 3").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await stage.getByText("Title 2").waitFor();
    await page.keyboard.press("Escape");
    await stage.waitFor({ state: "detached" });
    await until(page, () => location.hash === "#slide=2");
    assert.equal(await page.evaluate(() => document.fullscreenElement), null);
  });

  screen("are printed one to a page", "a.slides", async (page) => {
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 3);
  });
});

describe("tasks", () => {
  screen("come in their order, say what is late, and hide what is done", "a.tasks", async (page) => {
    const shown = await textOf(page);
    assert.ok(shown.indexOf("First one") < shown.indexOf("Late one"));
    assert.match(shown, /Overdue · due \w+ \d+, 2020/);
    assert.ok(!/Overdue.*2099/.test(shown));
    assert.ok(!/Finished one|Deleted one/.test(shown));
    assert.match(shown, /2 tasks to do · one finished/);
    assert.equal(await page.locator(".todo strong").innerText(), "First");
    await page.getByRole("button", { name: "Show finished tasks" }).click();
    await page.getByText("Finished one").waitFor();
    assert.ok(!(await textOf(page)).includes("Deleted one"));
  });

  screen("are chosen by tags and by words", "a.tasks", async (page) => {
    const visible = () => page.locator(".todo:visible").count();
    await page.getByRole("button", { name: "#soon" }).click();
    assert.equal(await visible(), 1);
    await page.getByText("One of 3 tasks").waitFor();
    await page.getByRole("button", { name: "#soon" }).click();
    await page.getByRole("searchbox", { name: "Search tasks" }).fill("LATE");
    assert.equal(await visible(), 1);
    await page.getByRole("searchbox", { name: "Search tasks" }).fill("nothing has this");
    await page.getByText("No task is like this.").waitFor();
  });
});

describe("a conversation", () => {
  screen("has threads, the newest versions, and nobody's id", "a.sage-chat", async (page) => {
    const shown = await textOf(page);
    for (const text of ["root message", "a reply", "as HTML", "newest", "edited", "One reply", "Person 1", "Person 2"]) assert.ok(shown.includes(text), text);
    for (const text of ["never shown", "older", ...accounts]) assert.ok(!(await page.locator("main").innerHTML()).includes(text), text);
    assert.equal(await page.locator(".thread").count(), 3);
    await page.locator("main .content summary").click();
    assert.ok(!(await page.getByText("a reply").isVisible()), "folded");
  });

  screen("has an address for each message", (published) => `${shareUrl(published, "a.sage-chat")}#chat=${chatMoment}`, async (page) => {
    await page.locator(".message-marked", { hasText: "newest" }).waitFor();
    await page.locator(".message", { hasText: "root message" }).locator(".message-time").click();
    await until(page, () => /^#chat=\d+$/.test(location.hash) && document.querySelector(".message-marked")?.textContent.includes("root message"));
  });
});

screen("a worksheet has its code and what it printed in the end", "a.sagews", async (page) => {
  const shown = await textOf(page);
  for (const text of ["Sheet title", "x = 1", "one two", "a warning", "“plot.png” was here", "last word"]) assert.ok(shown.includes(text), text);
  for (const text of ["%md", "taken back", "folded away"]) assert.ok(!shown.includes(text), text);
  await page.locator(".katex .mfrac").first().waitFor();
  await page.locator(".snippet [class*=tok-]").first().waitFor();
  await page.locator("summary", { hasText: "Output" }).click();
  await page.getByText("folded away").waitFor();
});

screen("a course is never shown, only described and saved", "a.course", async (page, published) => {
  await page.getByText("A course is not shown here").waitFor();
  await page.getByText("names, addresses and marks of students").waitFor();
  assert.equal(await page.getByRole("link", { name: "Source" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Show anyway" }).count(), 0);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".withheld").getByRole("link", { name: "Download" }).click()]);
  assert.equal(download.suggestedFilename(), "a.course");
  await open(page, `${shareUrl(published, "a.course")}?view=source`);
  await page.getByText("A course is not shown here").waitFor();
  assert.ok(!(await page.locator("main").innerText()).includes("Secretname"));
});

test("documents without content say so", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser);
  for (const [name, text] of Object.entries({ "empty.board": "This board is empty", "empty.slides": "no slides", "empty.tasks": "no tasks", "empty.chat": "no messages", "empty.sagews": "This worksheet is empty" })) {
    await open(page, shareUrl(world.published, name));
    await page.getByText(text).waitFor();
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("on a phone nothing is wider than the screen", { timeout: 60_000 }, async () => {
  const page = await newPage(world.browser, { viewport: { width: 360, height: 700 }, hasTouch: true });
  for (const name of ["a.board", "a.slides", "a.tasks", "a.sage-chat", "a.sagews", "a.course"]) {
    await open(page, shareUrl(world.published, name));
    const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width <= inner, `${name} is ${width} wide in ${inner}`);
  }
  await page.context().close();
});

// The policy, which would stop what gets past the sanitiser, is off in the second. Frames would load what they like without it, so
// there they do not load at all, as in hostile.spec.mjs.
const alone = { bypassCSP: true, proxy: { ...proxy, bypass: "share.localhost" } };
for (const [name, options] of [["", {}], [" before the sanitiser alone", alone]]) {
  test(`vectors in every text of every document run nowhere outside the frame${name}`, { timeout: 600_000 }, async () => {
    const made = makeHostileShare(vectors);
    const share = publish(made.root);
    await watching(world.browser, async (context) => {
      const page = await context.page();
      const wrong = [];
      for (const path of made.paths) {
        await context.open(page, shareUrl(share, path));
        const found = await page.evaluate((looking) => globalThis.vitrineLookOver(looking), { sandbox: SANDBOX, frameOrigin });
        assert.equal(await page.locator("main [data-rendered=failed]").count(), 0, `${path} is drawn`);
        wrong.push(...found.map((what) => `${path}: ${what}`));
      }
      assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} in all`);
    }, options);
  });
}
