// The worker that holds the rows of a CSV file: the page sends it the bytes and asks for what is near the screen. It has no
// network of its own.

import type { Answer, Question } from "./rows";
import { Serving } from "./serving";
import { TextRows } from "./text-rows";

const page = globalThis as unknown as { onmessage: (event: MessageEvent<Question>) => void; postMessage(answer: Answer): void };

/** How often the page hears of rows that came. */
const NEWS_MS = 150;

let rows: TextRows | undefined;
let serving: Serving | undefined;
let told = -Infinity;

function take(question: Question): void {
  if (question.do === "open") {
    rows = new TextRows(question.opening.size, question.opening);
    serving = new Serving(rows, (answer) => page.postMessage(answer));
  } else if (question.do === "bytes") {
    rows?.push(question.bytes);
    if (performance.now() - told < NEWS_MS || rows?.shape().columns.length === 0) return;
    told = performance.now();
    serving?.news();
  } else if (question.do === "end") {
    rows?.end();
    void serving?.completed();
  } else void serving?.answer(question);
}

page.onmessage = ({ data }) => {
  try {
    take(data);
  } catch (error) {
    // Most likely the memory: there is no room for the bytes.
    page.postMessage({ failed: error instanceof Error ? error.message : String(error) });
  }
};
