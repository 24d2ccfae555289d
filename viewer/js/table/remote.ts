// A table that lives in a worker, as the grid sees it: rows near the screen are at hand or on their way. Made by the renderers
// of tables.

import { type Answer, type Arrangement, AS_IT_IS, type Opening, type Page, type Question, type Shape } from "./rows";

/** Rows that are asked for at once. */
const PAGE = 128;

/** Pages that are kept. */
const PAGES_KEPT = 64;

/** A part of the file for a worker that reads by ranges. */
export type Ranges = (begin: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;

/** `Omit` for each member of a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export class RemoteTable {
  shape: Shape = { columns: [], rows: 0, read: 0, complete: false, cut: false };
  /** Rows of the arrangement. */
  count = 0;
  arrangement: Arrangement = AS_IT_IS;
  /** Rows, their number or their order have changed; the argument says whether in a way that moves them. */
  onChange: (moved: boolean) => void = () => {};
  onFailure: (reason: string) => void = () => {};
  private readonly worker: Worker;
  private readonly waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  private pages = new Map<number, Page | undefined>();
  private lastId = 0;

  constructor(
    url: string,
    opening: Opening,
    private readonly ranges?: Ranges,
  ) {
    this.worker = new Worker(url, { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => this.hear(data);
    this.worker.onerror = (event) => this.onFailure(event.message);
    this.send({ do: "open", opening });
  }

  stop(): void {
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new Error("stopped"));
    this.waiting.clear();
  }

  private send(question: Without<Question, "id">, id = 0): void {
    const transfer = "bytes" in question && typeof question.bytes !== "string" ? [question.bytes.buffer] : [];
    this.worker.postMessage({ ...question, id }, transfer);
  }

  private ask(question: Without<Question, "id">): Promise<Answer> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send(question, id);
    });
  }

  private hear(answer: Answer): void {
    if ("shape" in answer) {
      this.shape = answer.shape;
      this.count = answer.count;
      if (answer.arrangedAnew) this.pages = new Map();
      this.onChange(answer.arrangedAnew);
    } else if ("range" in answer) {
      void this.fetch(answer.range, answer.begin, answer.end);
    } else if ("failed" in answer) {
      this.onFailure(answer.failed);
    } else {
      const waiting = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if ("problem" in answer) waiting?.reject(new Error(answer.problem));
      else waiting?.resolve(answer);
    }
  }

  private async fetch(id: number, begin: number, end: number): Promise<void> {
    const got = await (this.ranges?.(begin, end) ?? Promise.reject(new Error("There are no ranges"))).catch((error: Error) => error.message);
    // A part of a larger buffer cannot be handed over without the rest.
    this.send({ do: "range", bytes: typeof got === "string" ? got : got.slice() }, id);
  }

  /** The next bytes of the file. */
  push(bytes: Uint8Array<ArrayBuffer>): void {
    this.send({ do: "bytes", bytes });
  }

  end(): void {
    this.send({ do: "end" });
  }

  /** A row of the arrangement: its number and cells, or nothing yet. */
  row(position: number): { readonly number: number; readonly cells: readonly string[] } | undefined {
    const index = Math.floor(position / PAGE);
    const page = this.pages.get(index);
    const number = page?.numbers[position % PAGE];
    const cells = page?.cells[position % PAGE];
    if (number !== undefined && cells) return { number, cells };
    // The last page may have been asked for before all of its rows were there.
    if (!this.pages.has(index) || page) this.load(index);
    return undefined;
  }

  private load(index: number): void {
    const pages = this.pages;
    pages.set(index, undefined);
    if (pages.size > PAGES_KEPT) {
      const oldest = [...pages].find(([other, page]) => page && other !== index);
      if (oldest) pages.delete(oldest[0]);
    }
    this.read(index * PAGE, (index + 1) * PAGE, false).then(
      (page) => {
        if (pages !== this.pages) return;
        pages.set(index, page);
        this.onChange(false);
      },
      (error: Error) => {
        if (error.message !== "stopped") this.onFailure(error.message);
      },
    );
  }

  private async read(from: number, to: number, whole: boolean): Promise<Page> {
    const answer = await this.ask({ do: "rows", from, to, whole });
    return "page" in answer ? answer.page : { numbers: [], cells: [] };
  }

  /** Whole cells of the rows from `from` up to `to`. */
  async whole(from: number, to: number): Promise<readonly (readonly string[])[]> {
    return (await this.read(from, to, true)).cells;
  }

  /** Where the row of that number, from 1, is in the arrangement; -1 when it is not. */
  async placeOf(number: number): Promise<number> {
    const answer = await this.ask({ do: "place", row: number - 1 });
    return "position" in answer ? answer.position : -1;
  }

  /** Sorts and filters; resolves when that is what rows are read from, or a newer wish has taken its place. */
  async arrange(arrangement: Arrangement): Promise<void> {
    this.arrangement = arrangement;
    const answer = await this.ask({ do: "arrange", arrangement });
    if (!("count" in answer) || !("superseded" in answer) || answer.superseded) return;
    this.pages = new Map();
    this.count = answer.count;
    this.onChange(true);
  }
}
