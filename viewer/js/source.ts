// A file's bytes for the renderers: whole, as text, or a range, through the reader's session, tried again when a failure may
// pass. Every way of failing is a `SourceError` whose message a reader can understand.

import { session } from "./here";
import { t } from "./text";

/** What a renderer needs of its input to read it. */
export interface Source {
  readonly url: string;
  readonly contentType: string;
  /** The file's name, which may say how old texts are encoded. */
  readonly name?: string;
}

/** The bytes could not be had; what failed is the way to them, not the renderer. */
export class SourceError extends Error {
  override name = "SourceError";
}

/** What may pass is asked for again after these pauses. */
const PAUSES_MS = [300, 1_000, 3_000];

/** Resolves after a while, or at once when the page is left. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Asks until there is an answer that another try would not change: no network, 429 and a server in trouble may pass. */
async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  for (let tried = 0; ; tried += 1) {
    signal.throwIfAborted();
    const answer = await session.fetch(url, { ...init, signal }).catch(() => undefined);
    signal.throwIfAborted();
    if (answer?.ok) return answer;
    const mayPass = answer === undefined || answer.status === 429 || answer.status >= 500;
    const wait = PAUSES_MS[tried];
    if (mayPass && wait !== undefined) {
      await pause(wait, signal);
      continue;
    }
    if (answer === undefined) throw new SourceError(t("source.offline"));
    if (answer.status === 404 || answer.status === 410) throw new SourceError(t("source.gone"));
    throw new SourceError(t("source.status", { status: String(answer.status) }));
  }
}

/** The body of an answer; a connection that ends in the middle is a failure like any other. */
async function body(answer: Response, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    signal.throwIfAborted();
    throw new SourceError(t("source.offline"));
  }
}

/** All of a file under the address where it may come compressed; a part of it never has this address (`gateway/content.rs`). */
const whole = (url: string): string => `${url}${url.includes("?") ? "&" : "?"}whole`;

/** The whole file. */
export async function readAll({ url }: Source, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  return body(await ask(whole(url), {}, signal), signal);
}

/** A part of a file, and how long the whole is. */
export interface Part {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly total: number;
}

/** The bytes from `begin` up to `end`, fewer at the file's end. */
export async function readRange({ url }: Source, begin: number, end: number, signal: AbortSignal): Promise<Part> {
  const answer = await ask(url, { headers: { range: `bytes=${begin}-${end - 1}` } }, signal);
  const bytes = await body(answer, signal);
  if (answer.status === 206) {
    const total = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
    return { bytes, total: total === undefined ? begin + bytes.length : Number(total) };
  }
  // The whole file is an answer too.
  return { bytes: bytes.subarray(begin, end), total: bytes.length };
}

/** The file from its beginning, piece by piece as it comes; a connection that breaks is taken up where it broke. */
export async function* readPieces({ url }: Source, signal: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let at = 0;
  for (let broken = 0; ; broken += 1) {
    const answer = await (at === 0 ? ask(whole(url), {}, signal) : ask(url, { headers: { range: `bytes=${at}-` } }, signal));
    // Whoever was asked for the rest may give the whole again.
    let known = answer.status === 206 ? 0 : at;
    const reader = (answer.body as ReadableStream<Uint8Array<ArrayBuffer>> | null)?.getReader();
    for (;;) {
      const read = await reader?.read().catch(() => undefined);
      signal.throwIfAborted();
      if (read === undefined) break;
      if (read.done) return;
      const piece = read.value.subarray(Math.min(known, read.value.length));
      known -= read.value.length - piece.length;
      if (piece.length === 0) continue;
      at += piece.length;
      yield piece;
    }
    const wait = PAUSES_MS[broken];
    if (wait === undefined) throw new SourceError(t("source.offline"));
    await pause(wait, signal);
  }
}

/** A text that is UTF-8 and nothing else, which needs no guess, unless the address names an encoding; so are nearly all. */
function plainText(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  if (bytes.includes(0) || bytes.includes(0x1b) || (typeof location !== "undefined" && location.search.includes("encoding="))) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The whole file as text, in whatever encoding it is. */
export async function readText(source: Source, signal: AbortSignal): Promise<string> {
  const bytes = await readAll(source, signal);
  return plainText(bytes) ?? (await (await import("./encodings/guess")).textMakerOf(bytes, source)).decode(bytes);
}
