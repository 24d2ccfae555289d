// A conversation, thread by thread. `bridge.ts` loads it.

import { loadDocuments } from "../documents";
import { element } from "../elements";
import type { FileInput, Mounted } from "../file";
import { type Around, loadStyles, richElement } from "../rich-text";
import { readText } from "../source";
import { machine, minute, t } from "../text";
import { type Author, type Chat, type Message, type Thread, readChat } from "./model";

/** How long one slice of drawing may take before the page gets a turn. */
const SLICE_MS = 16;

/** As many as the style sheet has colours. */
const COLOURS = 8;

/** Of more threads than this, those that are not asked for begin folded. */
const OPEN_MAX = 30;

export async function chat(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [documents, text] = await Promise.all([loadDocuments(), readText(input, signal), loadStyles("chat")]);
  const read = readChat(text);
  const skipped = read.skipped === 0 ? [] : [element("p", "small", t("cocalc.skipped", { count: read.skipped }))];
  if (read.threads.length === 0) {
    host.replaceChildren(element("p", "empty", t("chat.empty")), ...skipped);
    return { destroy() {} };
  }
  const around: Around = { documents, links: input.links, macros: {}, signal };
  const column = element("div", "chat");
  host.replaceChildren(element("p", "facts chat-facts", ...facts(read).map((fact) => element("span", "", fact))), column, ...skipped);
  return {
    drawn: drawAll(read, column, input, around).then(() => pointAt(host, input.fragment)),
    showFragment: (fragment) => pointAt(host, fragment),
    destroy() {},
  };
}

function facts({ threads, authors }: Chat): string[] {
  const messages = threads.reduce((sum, thread) => sum + thread.messages.length, 0);
  return [t("chat.messages", { count: messages }), ...(threads.length > 1 ? [t("chat.threads", { count: threads.length })] : []), t("chat.authors", { count: authors })];
}

/** Marks the message that the address names, and unfolds its thread. */
function pointAt(host: HTMLElement, fragment: string): void {
  const [, at] = /^chat=(\d{1,16})$/.exec(fragment) ?? [];
  for (const marked of host.querySelectorAll(".message-marked")) marked.classList.remove("message-marked");
  const message = at === undefined ? null : host.querySelector<HTMLElement>(`#chat-${at}`);
  if (!message) return;
  const thread = message.closest("details");
  if (thread) thread.open = true;
  message.classList.add("message-marked");
  message.scrollIntoView({ block: "center" });
}

async function drawAll({ threads }: Chat, column: HTMLElement, input: FileInput, around: Around): Promise<void> {
  let sliceEnd = performance.now() + SLICE_MS;
  for (const [n, thread] of threads.entries()) {
    const place = threadElement(thread, n < OPEN_MAX);
    column.append(place.element);
    for (const message of thread.messages) {
      place.add(messageElement(message, input, around));
      if (performance.now() < sliceEnd) continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (around.signal.aborted) return;
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
}

/** A single message without a name needs no thread around it. */
function threadElement({ name, messages }: Thread, open: boolean): { element: HTMLElement; add(message: HTMLElement): void } {
  if (messages.length === 1 && name === undefined) {
    const alone = element("section", "thread");
    return { element: alone, add: (message) => alone.append(message) };
  }
  const replies = t("chat.replies", { count: messages.length - 1 });
  const summary = element("summary", "", element("span", "thread-name", name ?? opening(messages[0])), element("span", "thread-count", replies));
  const thread = element("details", "thread", summary);
  thread.open = open;
  return { element: thread, add: (message) => thread.append(message) };
}

/** The first words of a message, without its marks. */
function opening(message: Message | undefined): string {
  const words = (message?.text ?? "").slice(0, 400).replace(/<[^<>]{0,200}>|[#*_`$>[\]]/g, " ").replace(/\s+/g, " ").trim();
  return words.length > 70 ? `${words.slice(0, 70).replace(/\s\S*$/, "")}…` : words || t("chat.thread");
}

export const nameOf = ({ number, name }: Author): string => name ?? t("chat.person", { number });

function messageElement(message: Message, input: FileInput, around: Around): HTMLElement {
  const { author, at, text, edited, liked, disliked } = message;
  const when = element("a", "message-time");
  const time = element("time", "", minute(at));
  time.dateTime = machine(at);
  when.append(time);
  when.href = `#chat=${at}`;
  when.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    input.onFragment(`chat=${at}`);
  });
  const head = element("p", "message-head", element("span", "message-author", nameOf(author)), when);
  if (edited !== undefined) {
    const mark = element("span", "message-edited", t("chat.edited"));
    mark.title = minute(edited);
    head.append(mark);
  }
  const initial = element("span", "avatar", author.name === undefined ? String(author.number) : "✦");
  initial.setAttribute("aria-hidden", "true");
  initial.dataset.colour = author.name === undefined ? String((author.number - 1) % COLOURS) : "program";
  const body = element("div", "message-body", head, richElement("", text, around));
  if (liked + disliked > 0) {
    const votes = [...(liked > 0 ? [t("chat.liked", { count: liked })] : []), ...(disliked > 0 ? [t("chat.disliked", { count: disliked })] : [])];
    body.append(element("p", "message-votes", votes.join(" · ")));
  }
  const place = element("article", "message", initial, body);
  place.id = `chat-${at}`;
  return place;
}
