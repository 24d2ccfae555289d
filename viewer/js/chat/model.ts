// What a `.chat` or `.sage-chat` file holds: threads of messages. Pure; never throws. Leaves out drafts and messages that were
// deleted; lines that are no object are counted. `chat.ts` calls it.
//
// Who wrote is known by an account's id only, which is nobody's business: people get numbers in the order they speak in.

import { type Row, asMoment, asRow, asText, readRows } from "../records";

export interface Message {
  /** Milliseconds since the epoch; what a link to it names. */
  readonly at: number;
  readonly author: Author;
  /** Markdown or HTML, the newest version. */
  readonly text: string;
  /** When it was changed last, if it was. */
  readonly edited?: number;
  readonly liked: number;
  readonly disliked: number;
}

/** A person has a number, from 1; a program has a name. */
export interface Author {
  readonly number: number;
  readonly name?: string;
}

export interface Thread {
  readonly name?: string;
  /** The oldest first. */
  readonly messages: Message[];
}

export interface Chat {
  /** By their first message, the oldest first. */
  readonly threads: Thread[];
  readonly authors: number;
  readonly skipped: number;
}

const ACCOUNT = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

interface Raw {
  at: number;
  row: Row;
  text: string;
  who: string;
  edited: number | undefined;
}

/** The newest version; nothing for a message that has none. Very old files have one version, elsewhere. */
function readMessage(row: Row): Raw | undefined {
  const at = asMoment(row.date);
  if (row.event !== "chat" || at === undefined) return undefined;
  const versions = (Array.isArray(row.history) ? row.history : [])
    .map(asRow)
    .filter((version) => version !== undefined)
    .map((version) => ({ text: asText(version.content), date: asMoment(version.date) ?? at, who: asText(version.author_id) }))
    .sort((a, b) => b.date - a.date);
  const newest = versions[0];
  const text = newest?.text ?? asText(asRow(row.payload)?.content);
  if (text === undefined || text.trim() === "") return undefined;
  return { at, row, text, who: asText(row.sender_id) ?? versions.at(-1)?.who ?? "", edited: versions.length > 1 ? newest?.date : undefined };
}

/** Numbers for accounts, names for programs. */
function registry(): { of(id: string): Author; count(): number } {
  const known = new Map<string, Author>();
  let people = 0;
  return {
    count: () => known.size,
    of(id) {
      let author = known.get(id);
      if (!author) {
        author = id === "" || ACCOUNT.test(id) ? { number: ++people } : { number: 0, name: id.slice(0, 60) };
        known.set(id, author);
      }
      return author;
    },
  };
}

function votes(row: Row): { liked: number; disliked: number } {
  const given = Object.values(asRow(row.feedback) ?? {});
  return { liked: given.filter((vote) => vote === "positive").length, disliked: given.filter((vote) => vote === "negative").length };
}

/** A thread is named by its id, or by the moment of its first message; a reply to a reply is in the same. */
function threadsOf(messages: readonly Raw[]): Map<string, Raw[]> {
  const byMoment = new Map(messages.map((message) => [message.at, message]));
  const nameOf = (message: Raw): string => {
    const seen = new Set<Raw>();
    for (let at: Raw = message; ; ) {
      seen.add(at);
      const id = asText(at.row.thread_id);
      if (id !== undefined && id !== "") return `id ${id}`;
      const parent = asMoment(at.row.reply_to);
      if (parent === undefined) return `at ${at.at}`;
      const next = byMoment.get(parent);
      if (!next || seen.has(next)) return `at ${parent}`;
      at = next;
    }
  };
  const threads = new Map<string, Raw[]>();
  for (const message of messages) {
    const name = nameOf(message);
    const thread = threads.get(name);
    if (thread) thread.push(message);
    else threads.set(name, [message]);
  }
  return threads;
}

export function readChat(text: string): Chat {
  const { rows, skipped } = readRows(text);
  // A message is known by its moment and its sender: later lines replace earlier ones.
  const kept = new Map<string, Raw>();
  for (const row of rows) {
    const key = `${asMoment(row.date)} ${asText(row.sender_id)}`;
    const message = readMessage(row);
    if (message) kept.set(key, message);
    else if (row.event === "chat") kept.delete(key);
  }
  const messages = [...kept.values()].sort((a, b) => a.at - b.at);
  const names = new Map<string, string>();
  for (const row of rows) {
    const [id, name] = [asText(row.thread_id), asText(row.name)];
    if (row.event === "chat-thread-config" && id !== undefined && name !== undefined && name.trim() !== "") names.set(`id ${id}`, name);
  }
  const authors = registry();
  const threads = [...threadsOf(messages)].map(([key, raws]): Thread => {
    const name = names.get(key) ?? asText(raws[0]?.row.name);
    return { ...(name === undefined || name.trim() === "" ? {} : { name: name.slice(0, 200) }), messages: raws.map((raw) => finished(raw, authors.of(raw.who))) };
  });
  return { threads, authors: authors.count(), skipped };
}

function finished({ at, row, text, edited }: Raw, author: Author): Message {
  return { at, author, text, ...(edited === undefined ? {} : { edited }), ...votes(row) };
}
