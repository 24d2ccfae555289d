// Which captions belong to a film, and SubRip as WebVTT.

import assert from "node:assert/strict";
import { test } from "node:test";
import { captionsOf, clock, vttOf } from "./captions";

const file = (name: string, size = 100) => ({ name, kind: "text", size, page: `/s/${name}`, url: `/~/s/${name}` });
const names = (name: string, files: string[]) => captionsOf(name, files.map((one) => file(one))).map(({ file, language }) => `${file.name} ${language}`.trim());

test("captions have the film's name, and may say their language", () => {
  assert.deepEqual(names("film.mp4", ["film.vtt", "film.en.vtt", "film.pt-br.srt", "other.vtt", "film.mp4"]), ["film.vtt", "film.en.vtt en", "film.pt-br.srt pt-BR"]);
  assert.deepEqual(names("my.film.webm", ["my.film.vtt", "my.vtt", "my.film.DE.VTT"]), ["my.film.vtt", "my.film.DE.VTT de"]);
});

test("what is no language is none", () => {
  assert.deepEqual(names("film.mp4", ["film.notes.vtt", "film.<b>.vtt", "film..vtt", "film.e.vtt", "film2.vtt"]), []);
});

test("WebVTT comes before SubRip of the same language", () => {
  assert.deepEqual(names("a.mp4", ["a.srt", "a.vtt"]), ["a.vtt"]);
  assert.deepEqual(names("a.mp4", ["a.vtt", "a.srt"]), ["a.vtt"]);
});

test("what is too large is no captions", () => {
  assert.deepEqual(captionsOf("a.mp4", [file("a.vtt", 10_000_000)]), []);
});

test("SubRip becomes WebVTT", () => {
  const srt = "\uFEFF1\r\n00:00:01,500 --> 00:00:02,750\r\nHello\r\n\r\n2\r\n1:00:03,000 --> 1:00:04,000  X1:100\r\n<i>1,500 --> 2</i>\r\n";
  assert.equal(vttOf(srt), "WEBVTT\n\n1\n00:00:01.500 --> 00:00:02.750\nHello\n\n2\n01:00:03.000 --> 01:00:04.000\n<i>1,500 --> 2</i>\n");
  assert.equal(vttOf("WEBVTT\n\n00:01.000 --> 00:02.000\nx"), "WEBVTT\n\n00:01.000 --> 00:02.000\nx");
});

test("moments are written as players do", () => {
  assert.deepEqual([0, 5.9, 65, 3_723, Number.NaN].map(clock), ["0:00", "0:05", "1:05", "1:02:03", "0:00"]);
});
