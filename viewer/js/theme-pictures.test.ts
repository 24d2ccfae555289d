// Media queries of pictures, where a reader chose a theme.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenMedia } from "./theme-pictures";

test("a reader's choice takes the place of the system's", () => {
  const media = "(prefers-color-scheme: dark) and (min-width: 40em)";
  assert.equal(chosenMedia(media, undefined), media);
  assert.equal(chosenMedia(media, "dark"), "(min-width: 0px) and (min-width: 40em)");
  assert.equal(chosenMedia("( PREFERS-COLOR-SCHEME:light )", "dark"), "(max-width: 0px)");
  assert.equal(chosenMedia("print", "dark"), "print");
});
