// What a `.tasks` file holds. Pure; never throws. Leaves out deleted tasks; lines that are no object are counted. `tasks.ts`
// calls it.

import { asMoment, asNumber, asText, byKey, readRows } from "../records";

export interface Task {
  readonly id: string;
  /** Markdown. */
  readonly text: string;
  readonly done: boolean;
  /** Milliseconds since the epoch. */
  readonly due?: number;
  readonly edited?: number;
  /** Without their `#`, in lower case. */
  readonly tags: readonly string[];
}

export interface TaskList {
  /** In their author's order. */
  readonly tasks: Task[];
  readonly skipped: number;
}

/** A word after `#`, at the beginning or after white space or an opening bracket; not a heading, not in an address. */
const TAG = /(?<=^|[\s([{,;])#(\p{L}[\p{L}\p{N}_-]{0,63})/gu;

/** The tags of a text, without those in code. */
export function tagsOf(text: string): string[] {
  const prose = text.replace(/```[^]*?(?:```|$)|`[^`\n]*`/g, " ");
  return [...new Set([...prose.matchAll(TAG)].map((found) => (found[1] ?? "").toLowerCase()))];
}

export function readTasks(text: string): TaskList {
  const { rows, skipped } = readRows(text);
  const kept = byKey(rows, (row) => asText(row.task_id)).filter((row) => row.deleted !== true);
  const placed = kept.map((row) => {
    const description = asText(row.desc) ?? "";
    const [due, edited] = [asMoment(row.due_date), asMoment(row.last_edited)];
    const task: Task = {
      id: asText(row.task_id) ?? "",
      text: description,
      done: row.done === true || row.done === 1,
      ...(due === undefined || due === 0 ? {} : { due }),
      ...(edited === undefined ? {} : { edited }),
      tags: tagsOf(description),
    };
    return { task, place: asNumber(row.position) ?? Number.MAX_SAFE_INTEGER };
  });
  return { tasks: placed.sort((a, b) => a.place - b.place).map(({ task }) => task), skipped };
}

/** What is chosen of a list. */
export interface Choice {
  readonly words: string;
  readonly tags: ReadonlySet<string>;
  readonly finished: boolean;
}

/** Whether a task is among the chosen: it has every chosen tag, and every word somewhere in its text. */
export function chosen(task: Task, { words, tags, finished }: Choice): boolean {
  if (task.done && !finished) return false;
  for (const tag of tags) if (!task.tags.includes(tag)) return false;
  const text = task.text.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** How many tasks have each tag, the most used first. */
export function countTags(tasks: readonly Task[]): [tag: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { tags } of tasks) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}
