// A list of tasks: what is to be done, when, and what has been done; chosen by tags and words. `bridge.ts` loads it.

import { loadDocuments } from "../documents";
import { button, element } from "../elements";
import type { FileInput, Mounted } from "../file";
import { type Around, loadStyles, richElement } from "../rich-text";
import { readText } from "../source";
import { day, machine, minute, t } from "../text";
import { type Choice, type Task, type TaskList, chosen, countTags, readTasks } from "./model";

/** How long one slice of drawing may take before the page gets a turn. */
const SLICE_MS = 16;

interface Line {
  readonly task: Task;
  readonly item: HTMLElement;
}

export async function tasks(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [documents, text] = await Promise.all([loadDocuments(), readText(input, signal), loadStyles("tasks")]);
  const read = readTasks(text);
  const skipped = read.skipped === 0 ? [] : [element("p", "small", t("cocalc.skipped", { count: read.skipped }))];
  if (read.tasks.length === 0) {
    host.replaceChildren(element("p", "empty", t("tasks.empty")), ...skipped);
    return { destroy() {} };
  }
  const around: Around = { documents, links: input.links, macros: {}, signal };
  const list = element("ol", "tasks");
  const lines: Line[] = [];
  const none = element("p", "empty", t("tasks.none"));
  const count = element("span", "tools-note");
  count.setAttribute("role", "status");
  const show = (choice: Choice) => {
    const found = lines.filter(({ task, item }) => !(item.hidden = !chosen(task, choice)));
    none.hidden = found.length > 0;
    const all = choice.words.trim() === "" && choice.tags.size === 0;
    count.textContent = all ? counts(read.tasks) : t("tasks.shown", { count: found.length, all: lines.length });
  };
  const bar = choices(read, count, show);
  host.replaceChildren(...bar.places, list, none, ...skipped);
  none.hidden = true;
  return { drawn: drawAll(read.tasks, list, lines, around).then(() => show(bar.choice())), destroy() {} };
}

/** How many are to be done, and how many are. */
function counts(all: readonly Task[]): string {
  const done = all.filter((task) => task.done).length;
  return [t("tasks.open", { count: all.length - done }), ...(done > 0 ? [t("tasks.done", { count: done })] : [])].join(" · ");
}

async function drawAll(all: readonly Task[], list: HTMLElement, lines: Line[], around: Around): Promise<void> {
  let sliceEnd = performance.now() + SLICE_MS;
  const now = Date.now();
  for (const task of all) {
    const item = taskElement(task, now, around);
    item.hidden = task.done;
    lines.push({ task, item });
    list.append(item);
    if (performance.now() > sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      if (around.signal.aborted) return;
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
}

function moment(ms: number, text: string): HTMLElement {
  const made = element("time", "", text);
  made.dateTime = machine(ms);
  made.title = minute(ms);
  return made;
}

function taskElement(task: Task, now: number, around: Around): HTMLElement {
  const state = element("span", task.done ? "tick tick-done" : "tick");
  state.setAttribute("role", "img");
  state.setAttribute("aria-label", task.done ? t("tasks.isDone") : t("tasks.isOpen"));
  const facts = element("p", "todo-facts");
  if (task.due !== undefined) {
    const late = !task.done && task.due < now;
    facts.append(element("span", late ? "todo-due todo-late" : "todo-due", ...(late ? [`${t("tasks.overdue")} · `] : []), `${t("tasks.due")} `, moment(task.due, day(task.due))));
  }
  if (task.edited !== undefined) facts.append(element("span", "", `${t("tasks.edited")} `, moment(task.edited, day(task.edited))));
  const body = element("div", "todo-body", task.text.trim() === "" ? element("p", "small", t("tasks.noText")) : richElement("", task.text, around));
  if (facts.childNodes.length > 0) body.append(facts);
  return element("li", task.done ? "todo todo-done" : "todo", state, body);
}

interface Choices {
  places: HTMLElement[];
  choice(): Choice;
}

function pressed(self: HTMLElement): boolean {
  const on = self.getAttribute("aria-pressed") !== "true";
  self.setAttribute("aria-pressed", String(on));
  return on;
}

/** The search, the switch for what is finished, and the tags. */
function choices(read: TaskList, count: HTMLElement, show: (choice: Choice) => void): Choices {
  const search = element("input", "");
  search.type = "search";
  search.placeholder = t("tasks.search");
  search.setAttribute("aria-label", t("tasks.search"));
  let finished = false;
  const tags = new Set<string>();
  const choice = (): Choice => ({ words: search.value, tags, finished });
  const changed = () => show(choice());
  search.addEventListener("input", changed);
  const done = read.tasks.filter((task) => task.done).length;
  const finish = button("tool", t("tasks.showFinished"), (self) => {
    finished = pressed(self);
    changed();
  });
  finish.setAttribute("aria-pressed", "false");
  const bar = element("div", "tools tasks-tools", count, search, ...(done > 0 ? [finish] : []));
  const known = countTags(read.tasks);
  if (known.length === 0) return { places: [bar], choice };
  const buttons = known.map(([tag, times]) => {
    const made = button("tag", "", (self) => {
      if (pressed(self)) tags.add(tag);
      else tags.delete(tag);
      changed();
    });
    made.setAttribute("aria-pressed", "false");
    made.append(`#${tag}`, element("span", "tag-count", String(times)));
    return made;
  });
  const place = element("div", "tags", ...buttons);
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", t("tasks.tags"));
  return { places: [bar, place], choice };
}
