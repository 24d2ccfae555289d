// Which files of its folder an output names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { namesIn } from "./named";

test("names of files are found in attributes and in scripts", () => {
  assert.deepEqual(namesIn(`<img src="plot one.png"><video poster='a&amp;b.jpg' src=film.mp4></video><script>img.src = "sub/c.PNG"; const x = 'data.txt'</script>`), ["plot one.png", "a&b.jpg", "film.mp4", "sub/c.PNG"]);
});

test("addresses of others, and what is none, are not", () => {
  assert.deepEqual(namesIn(`<img src="https://example.org/a.png"><img src='//example.org/a.png'><img src=data:image/png,x><script src="#x"></script><i xsrc="a" src="">`), []);
  assert.equal(namesIn(Array.from({ length: 500 }, (_, n) => `<img src="${n}.png">`).join("")).length, 60);
});
