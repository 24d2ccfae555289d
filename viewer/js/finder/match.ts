// Finds paths by a few letters, as GitHub's `t` does: letters in their order, anywhere, the best first. Pure; called by the
// finder's dialog, which adds pages as they arrive (`load.ts`).
//
// Terms are separated by spaces, and each must fit. Case and accents do not count, unless the query has a capital letter.

import { foldQuery, maskOf } from "./fold";
import type { Page } from "./page";
import { type Span, TERM_MAX, Term, places, score } from "./score";

/** A path that was found. */
export interface Hit {
  readonly path: string;
  /** As `protocol::Kind` names it, or `dir` or `link`. */
  readonly kind: string;
  /** The parts of the path that the query named: from, up to. In order, without overlaps. */
  readonly marks: readonly (readonly [number, number])[];
}

/** What a query asks for. */
interface Query {
  readonly text: string;
  readonly terms: readonly Term[];
  readonly mask: number;
  /** Whether case counts. */
  readonly exact: boolean;
}

/** More terms than that, nobody types. */
const TERMS_MAX = 16;

function parse(text: string): Query {
  const exact = text !== text.toLowerCase();
  const words = text.trim().split(/\s+/).filter((word) => word !== "").slice(0, TERMS_MAX);
  const folded = words.map((word) => foldQuery(word).slice(0, TERM_MAX)).filter((word) => word !== "");
  const mask = folded.reduce((bits, word) => bits | maskOf(word, 0, word.length), 0);
  const terms = exact ? words.map((word) => word.normalize("NFC").slice(0, TERM_MAX)) : folded;
  return { text, terms: terms.map((term) => new Term(term)), mask, exact };
}

/** A line that fits, as long as it is among the best. */
interface Candidate {
  readonly score: number;
  readonly length: number;
  readonly page: number;
  readonly line: number;
}

/** The better first: more points, then the shorter path, then the order of the paths. */
function compare(a: Candidate, b: Candidate): number {
  return b.score - a.score || a.length - b.length || a.page - b.page || a.line - b.line;
}

/** The best so far, sorted. */
class Best {
  readonly list: Candidate[] = [];

  constructor(private readonly limit: number) {}

  add(candidate: Candidate): void {
    const { list, limit } = this;
    const last = list[list.length - 1];
    if (list.length >= limit && last !== undefined && compare(last, candidate) <= 0) return;
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = list[middle];
      if (there !== undefined && compare(there, candidate) <= 0) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, candidate);
    if (list.length > limit) list.pop();
  }
}

/** How long a search keeps the page busy before others have their turn, in milliseconds: half a frame. */
const SLICE_MS = 8;

/** Lets the browser draw and hear keys. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** The last search that came to its end: who types on only loses lines. */
interface Searched {
  readonly query: string;
  readonly pages: readonly Page[];
  readonly fitting: readonly Uint32Array[];
}

/** All paths of a snapshot that have arrived. */
export class Paths {
  private pages: readonly Page[] = [];
  private searched: Searched | undefined;
  private lines = 0;

  /** How many paths there are so far. */
  get length(): number {
    return this.lines;
  }

  /** Takes a page; pages may come in any order. */
  add(page: Page): void {
    this.pages = [...this.pages, page];
    this.lines += page.kinds.length;
  }

  /** The best `limit` paths for a query, in slices of time; rejects when `signal` ends it. Nothing fits an empty query. */
  async find(text: string, limit: number, signal?: AbortSignal): Promise<Hit[]> {
    const search = this.steps(text, limit);
    for (let began = performance.now(); ; ) {
      const { done, value } = search.next();
      if (done) return value;
      if (performance.now() - began > SLICE_MS) {
        await turn();
        signal?.throwIfAborted();
        began = performance.now();
      }
    }
  }

  /** The same in one go. */
  findNow(text: string, limit: number): Hit[] {
    const search = this.steps(text, limit);
    for (;;) {
      const { done, value } = search.next();
      if (done) return value;
    }
  }

  /** A search, page by page. */
  private *steps(text: string, limit: number): Generator<undefined, Hit[]> {
    const query = parse(text);
    if (query.terms.length === 0) return [];
    const { pages, searched } = this;
    const narrows = searched !== undefined && query.text.startsWith(searched.query);
    const best = new Best(limit);
    const fitting: Uint32Array[] = [];
    for (const [number, page] of pages.entries()) {
      const only = narrows && searched.pages[number] === page ? searched.fitting[number] : undefined;
      fitting.push(searchPage(query, page, number, only, best));
      yield;
    }
    this.searched = { query: query.text, pages, fitting };
    return best.list.map(({ page, line }) => hit(query, pages[page], line));
  }
}

function span(query: Query, page: Page, line: number): Span {
  const compared = query.exact ? page.text : page.folded;
  const { text, starts, names } = page;
  return { text, compared, begin: starts[line] ?? 0, end: starts[line + 1] ?? 0, name: names[line] ?? 0 };
}

/** Adds what fits to the best; returns which lines those are. */
function searchPage(query: Query, page: Page, number: number, only: Uint32Array | undefined, best: Best): Uint32Array {
  const count = only?.length ?? page.kinds.length;
  const fitting = new Uint32Array(count);
  let found = 0;
  for (let index = 0; index < count; index += 1) {
    const line = only?.[index] ?? index;
    if ((query.mask & ~(page.masks[line] ?? 0)) !== 0) continue;
    const at = span(query, page, line);
    const points = sum(query.terms, at);
    if (points < 0) continue;
    fitting[found++] = line;
    best.add({ score: points, length: at.end - at.begin, page: number, line });
  }
  return fitting.slice(0, found);
}

/** The points of all terms, or a negative number when one does not fit. */
function sum(terms: readonly Term[], at: Span): number {
  let points = 0;
  for (const term of terms) {
    const more = score(term, at);
    if (more < 0) return -1;
    points += more;
  }
  return points;
}

function hit(query: Query, page: Page | undefined, line: number): Hit {
  if (page === undefined) return { path: "", kind: "", marks: [] };
  const at = span(query, page, line);
  const path = page.text.slice(at.begin, at.end);
  const all = new Set(query.terms.flatMap((term) => places(term, at)));
  return { path, kind: page.kindNames[page.kinds[line] ?? 0] ?? "", marks: marks(path, [...all].map((place) => place - at.begin)) };
}

/** Places as parts of a text; no part ends within a pair of surrogates. */
function marks(path: string, places: number[]): [number, number][] {
  const parts: [number, number][] = [];
  for (const place of places.sort((a, b) => a - b)) {
    const from = isLow(path.charCodeAt(place)) ? place - 1 : place;
    const to = isLow(path.charCodeAt(place + 1)) ? place + 2 : place + 1;
    const last = parts[parts.length - 1];
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else parts.push([from, to]);
  }
  return parts;
}

const isLow = (code: number) => code >= 0xdc00 && code <= 0xdfff;
