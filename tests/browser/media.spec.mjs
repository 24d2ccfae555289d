// Sound and video: seeking, speed, captions that lie beside, steps to the next sound, and what cannot be played.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { screens, welcome } from "./fixture.mjs";

const HOSTILE = `<img src=x onerror=alert(1)>`;
const VTT = `WEBVTT

STYLE
::cue { background: url(https://evil.invalid/cue.png) }

00:00.000 --> 00:02.000
<script>alert('script')</script>${HOSTILE}<b>bold</b> <a href="javascript:alert('link')">words</a>

00:02.000 --> 00:04.000 position:50%
<v ${HOSTILE}>spoken</v> &lt;img src=x onerror=alert('entities')&gt;
`;

function media() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-media-"));
  const write = (name, content) => writeFileSync(join(folder, name), content);
  const film = join(welcome, "media/travelling-wave.webm");
  const sound = join(welcome, "media/beats.wav");
  copyFileSync(film, join(folder, "film.webm"));
  write("film.en.vtt", "WEBVTT\n\n00:00.000 --> 00:02.000\nA wave\n\n00:02.000 --> 00:05.000\nAnother wave\n");
  write("film.de.srt", "1\r\n00:00:00,000 --> 00:00:02,000\r\nEine Welle\r\n");
  write("film.notes.txt", "no captions");
  copyFileSync(film, join(folder, "evil.webm"));
  write("evil.vtt", VTT);
  for (const name of ["track 1.wav", "track 2.wav", "track 10.wav"]) copyFileSync(sound, join(folder, name));
  write("track 2.vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\nBeats\n");
  copyFileSync(sound, join(folder, `${HOSTILE}.wav`));
  write("old.avi", Buffer.from("RIFF\xff\0\0\0AVI LIST\xff\xfe\0", "latin1"));
  write("broken.mp4", Buffer.from("\0\0\0\x18ftypmp42\0\0\0\0mp42isom\xff\xfe and then nothing", "latin1"));
  return folder;
}

const { screen } = screens(media);
const { screen: sample } = screens(welcome);

const known = (page, kind) => page.waitForFunction((name) => document.querySelector(name)?.readyState > 0, kind);
const at = (page, seconds) => page.waitForFunction((wanted) => Math.abs(document.querySelector("video, audio").currentTime - wanted) < 0.5, seconds);

sample("a film seeks by ranges and does not start by itself", "media/travelling-wave.webm", async (page) => {
  const partial = page.waitForResponse((answer) => answer.url().includes("travelling-wave.webm") && answer.status() === 206);
  const video = page.locator("video");
  assert.deepEqual(await video.evaluate((v) => [v.autoplay, v.paused, v.preload]), [false, true, "metadata"]);
  await video.evaluate((v) => {
    v.preload = "auto";
    v.load();
  });
  await partial;
  await known(page, "video");
  const length = await video.evaluate((v) => v.duration);
  assert.ok(length > 6, `${length}`);
  await video.evaluate((v) => (v.currentTime = v.duration - 1));
  await page.waitForFunction(() => !document.querySelector("video").seeking);
  await at(page, length - 1);
});

sample("sound has its length", "media/beats.wav", async (page) => {
  await page.waitForFunction(() => document.querySelector("audio").duration > 0.5);
});

screen("captions that lie beside a film can be chosen, and say what is said", "film.webm", async (page) => {
  const choice = page.getByRole("combobox", { name: "Captions" });
  await choice.waitFor();
  assert.deepEqual(await choice.locator("option").allTextContents(), ["Off", "German", "English"]);
  const showing = () => page.evaluate(() => [...document.querySelector("video").textTracks].filter(({ mode }) => mode === "showing").map(({ language }) => language));
  assert.deepEqual(await showing(), []);
  await choice.selectOption({ label: "English" });
  assert.deepEqual(await showing(), ["en"]);
  await page.waitForFunction(() => [...document.querySelector("video").textTracks].find(({ language }) => language === "en").cues?.length === 2);
  await page.locator("video").evaluate((v) => (v.currentTime = 1));
  await page.waitForFunction(() => [...document.querySelector("video").textTracks].some(({ activeCues }) => activeCues?.[0]?.text === "A wave"));
  await page.getByText("Transcript").click();
  await page.locator(".cue[aria-current=true]", { hasText: "A wave" }).waitFor();
  await page.getByRole("button", { name: "0:02 Another wave" }).click();
  await at(page, 2);
  await choice.selectOption({ label: "German" });
  await page.locator(".cue", { hasText: "Eine Welle" }).waitFor();
  await choice.selectOption({ label: "Off" });
  assert.deepEqual(await showing(), []);
});

screen("captions are text, whatever they hold", "evil.webm", async (page) => {
  const dialogs = [];
  page.on("dialog", (dialog) => (dialogs.push(dialog.message()), dialog.dismiss()));
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  const choice = page.getByRole("combobox", { name: "Captions" });
  await choice.selectOption({ label: "On" });
  await page.locator("video").evaluate((v) => (v.currentTime = 1));
  await page.getByText("Transcript").click();
  await page.locator(".cue", { hasText: "bold words" }).waitFor();
  await page.locator(".cue", { hasText: "<img src=x onerror=alert('entities')>" }).waitFor();
  assert.equal(await page.locator(".player-view :is(img, a, script, b)").count(), 0);
  assert.deepEqual([dialogs, asked.filter((url) => url.includes("evil.invalid"))], [[], []]);
});

screen("the speed is the reader's", "film.webm", async (page) => {
  await page.getByRole("combobox", { name: "Speed" }).selectOption("1.5");
  assert.equal(await page.locator("video").evaluate((v) => v.playbackRate), 1.5);
});

screen("keys play, pause and seek", "film.webm", async (page) => {
  await known(page, "video");
  await page.keyboard.press("ArrowRight");
  await at(page, 5);
  await page.keyboard.press("j");
  await at(page, 0);
  await page.keyboard.press("m");
  await page.waitForFunction(() => document.querySelector("video").muted);
  await page.keyboard.press("k");
  await page.waitForFunction(() => !document.querySelector("video").paused);
  await page.keyboard.press("k");
  await page.waitForFunction(() => document.querySelector("video").paused);
});

screen("the sounds of a folder follow one another", "track 2.wav", async (page) => {
  await page.getByText("3 of 4").waitFor();
  await page.getByText("Transcript").click();
  await page.locator(".cue", { hasText: "Beats" }).waitFor();
  await page.getByRole("link", { name: "Next: track 10.wav" }).click();
  await page.waitForURL("**/track%2010.wav");
  await page.getByText("4 of 4").waitFor();
  await known(page, "audio");
  assert.equal(await page.locator("audio").count(), 1);
});

screen("a name is text, whatever it holds", `${HOSTILE}.wav`, async (page) => {
  await known(page, "audio");
  assert.equal(await page.locator("audio").getAttribute("aria-label"), `${HOSTILE}.wav`);
  assert.equal(await page.locator("main img").count(), 0);
});

for (const name of ["old.avi", "broken.mp4"]) {
  screen(`${name} says why it is not played, and is offered to be saved`, name, async (page) => {
    const box = page.getByRole("alert");
    await box.getByText(`“${name}” could not be played`).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), box.getByRole("link", { name: "Download the file" }).click()]);
    assert.equal(download.suggestedFilename(), name);
  });
}
