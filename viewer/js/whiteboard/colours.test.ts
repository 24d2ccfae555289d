// Whatever colour an author chose, what is written in it or on it can be read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../garbage";
import { DARK, LIGHT, LINE_RATIO, type Rgb, TEXT_RATIO, contrast, readColour, readable, textOn } from "./colours";

test("plain colours are read, and nothing else", () => {
  assert.deepEqual(readColour("#FFF9c4"), [255, 249, 196]);
  assert.deepEqual(readColour("#ccc"), [204, 204, 204]);
  assert.deepEqual(readColour("rgba(1, 2,3, 0.5)"), [1, 2, 3]);
  assert.deepEqual(readColour(" Red "), [255, 0, 0]);
  for (const refused of [undefined, "", "#12", "url(https://evil.invalid)", "var(--text)", "red;background:url(x)", "constructor", "rgb(1,2)", "rgb(..,1,1)"]) {
    assert.equal(readColour(refused), undefined, refused);
  }
});

test("known contrasts", () => {
  assert.equal(Math.round(contrast([0, 0, 0], [255, 255, 255])), 21);
  assert.ok(contrast([118, 118, 118], [255, 255, 255]) >= TEXT_RATIO);
  assert.ok(contrast([120, 120, 120], [255, 255, 255]) < TEXT_RATIO);
});

test("text on a note of any colour has its contrast, and so has ink of any colour on either ground", () => {
  const next = random(1);
  for (let n = 0; n < 2000; n++) {
    const colour = [0, 1, 2].map(() => Math.floor(next() * 256)) as unknown as Rgb;
    assert.ok(contrast(textOn(colour), colour) >= TEXT_RATIO, `text on ${colour}`);
    for (const ground of [LIGHT, DARK]) {
      for (const ratio of [TEXT_RATIO, LINE_RATIO]) assert.ok(contrast(readable(colour, ground, ratio), ground) >= ratio, `${colour} on ${ground}`);
    }
  }
});

test("a colour that can be read stays as it is", () => {
  assert.deepEqual(readable([183, 28, 28], LIGHT, TEXT_RATIO), [183, 28, 28]);
});
