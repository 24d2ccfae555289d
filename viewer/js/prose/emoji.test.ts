// Emoji codes in text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withSigns } from "./emoji";

test("codes of GitHub's list become signs, others stay", () => {
  assert.equal(withSigns(":tada: :+1: :smile:"), "🎉 👍 😄");
  assert.equal(withSigns("10:30:45, :no_such_code:, :constructor:, a::b, :100:"), "10:30:45, :no_such_code:, :constructor:, a::b, 💯");
});
