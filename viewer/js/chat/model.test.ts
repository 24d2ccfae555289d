// Conversations as they are found, and any garbage.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lines, object, random } from "../garbage";
import { readChat } from "./model";

const ANNA = "11111111-2222-3333-4444-555555555555";
const BEN = "99999999-2222-3333-4444-555555555555";
const at = (second: number) => new Date(second * 1000).toISOString();
const say = (second: number, sender_id: string, content: string, more: object = {}) => ({ event: "chat", sender_id, date: at(second), history: [{ author_id: sender_id, content, date: at(second) }], ...more });
const chat = (...rows: object[]) => readChat(rows.map((row) => JSON.stringify(row)).join("\n"));
const told = (read: ReturnType<typeof readChat>) => read.threads.map(({ messages }) => messages.map(({ text }) => text));

test("replies stand under what they reply to, replies to replies too", () => {
  const read = chat(say(3, BEN, "reply", { reply_to: at(1) }), say(1, ANNA, "root"), say(2, BEN, "other"), say(4, ANNA, "deeper", { reply_to: at(3) }), say(9, ANNA, "orphan", { reply_to: at(8) }));
  assert.deepEqual(told(read), [["root", "reply", "deeper"], ["other"], ["orphan"]]);
});

test("threads with an id have the name that was given them", () => {
  const config = { event: "chat-thread-config", sender_id: "__thread_config__", date: at(0), thread_id: "t", name: "Plans" };
  const read = chat(config, say(1, ANNA, "a", { thread_id: "t" }), say(2, BEN, "b", { thread_id: "t", reply_to: at(1) }));
  assert.deepEqual(read.threads.map(({ name, messages }) => [name, messages.length]), [["Plans", 2]]);
});

test("the newest version counts, and says that there was another", () => {
  const history = [{ content: "old", date: at(1) }, { content: "new", date: at(5) }];
  const [message] = chat({ event: "chat", sender_id: ANNA, date: at(1), history }).threads[0]?.messages ?? [];
  assert.equal(message?.text, "new");
  assert.equal(message?.edited, 5000);
});

test("people have numbers in the order they speak in, programs their names, and no id is shown", () => {
  const read = chat(say(1, BEN, "x"), say(2, ANNA, "y"), say(3, BEN, "z"), say(4, "tutor-model", "w"));
  assert.deepEqual(read.threads.map(({ messages }) => messages[0]?.author), [{ number: 1 }, { number: 2 }, { number: 1 }, { number: 0, name: "tutor-model" }]);
  assert.ok(!JSON.stringify(read).includes(ANNA));
});

test("drafts and what was deleted are left out; of two lines for one message the later counts", () => {
  const read = chat({ event: "draft", sender_id: ANNA, date: at(1), input: "secret" }, say(1, ANNA, "first"), say(1, ANNA, "second"), say(2, ANNA, "gone"), { event: "chat", sender_id: ANNA, date: at(2), history: [] }, { event: "chat", sender_id: BEN, date: at(3), payload: { content: "very old" } });
  assert.deepEqual(told(read), [["second"], ["very old"]]);
});

test("votes are counted", () => {
  const [message] = chat(say(1, ANNA, "x", { feedback: { [ANNA]: "positive", [BEN]: "negative", other: 3 } })).threads[0]?.messages ?? [];
  assert.deepEqual([message?.liked, message?.disliked], [1, 1]);
});

test("messages that reply in a circle are one thread", () => {
  assert.equal(chat(say(1, ANNA, "a", { reply_to: at(2) }), say(2, ANNA, "b", { reply_to: at(1) })).threads.flatMap(({ messages }) => messages).length, 2);
});

test("any garbage is a conversation", () => {
  for (let seed = 0; seed < 300; seed++) {
    const next = random(seed);
    const date = () => at(Math.floor(next() * 10));
    const { threads } = readChat(lines(next, 30, () => ({ ...object(next, ["history", "reply_to", "thread_id", "sender_id", "feedback", "name"]), event: next() < 0.8 ? "chat" : "chat-thread-config", ...(next() < 0.8 ? { date: date() } : {}), ...(next() < 0.6 ? { history: [object(next, ["content", "date", "author_id"]), { content: "x", date: date() }] } : {}), ...(next() < 0.4 ? { reply_to: date() } : {}) })));
    for (const { messages } of threads) {
      assert.ok(messages.length > 0);
      for (const message of messages) assert.ok(message.text.trim() !== "" && Number.isFinite(message.at));
    }
  }
});
