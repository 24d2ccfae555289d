// Drawings (SVG) that an `<img>` alone shows in part or not at all: those with pictures beside them, which an `<img>` never loads,
// and those that gzip packed (`.svgz`). Both become `data:` addresses, in which nothing runs wherever they are opened. Pictures come
// from the share, never from elsewhere. Called by the picture's page.

import { gunzip, unpacking } from "../archive/gunzip";
import type { FileInput } from "../file";
import { readAll, readPieces } from "../source";
import { linksIn } from "./links";

/** A larger drawing is not searched for links: it is shown as it is. */
const SEARCHED_MAX = 5_000_000;

/** So much is unpacked of one. */
const UNPACKED_MAX = 50_000_000;

/** So many pictures are put into a drawing, and so many bytes of them. */
const LINKS_MAX = 50;
const LINKED_MAX = 20_000_000;

const TYPES: Readonly<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", avif: "image/avif", bmp: "image/bmp" };

export interface Drawing {
  /** An address for `<img>`; nothing where the drawing as it is shows all that there is. */
  readonly url: string | undefined;
  /** Pictures that it names and does not show. */
  readonly missing: readonly string[];
}

const isDrawing = ({ name, size }: FileInput) => /\.svg$/i.test(name) && size <= SEARCHED_MAX;

/** The drawing that gzip packed; throws where there is none. */
export async function unpacked(input: FileInput, signal: AbortSignal): Promise<Drawing> {
  const state = unpacking();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const source = { url: input.download, contentType: "" };
  for await (const piece of gunzip(readPieces(source, signal), state)) {
    pieces.push(piece);
    length += piece.length;
    if (length > UNPACKED_MAX) throw new Error("The drawing unpacks to more than is shown");
  }
  if (state.isBroken) throw new Error("The packed drawing ends too early, or is damaged");
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  const drawing = length <= SEARCHED_MAX ? await filled(bytes, input, signal) : undefined;
  return { url: drawing?.url ?? (await dataOf(bytes, SVG)), missing: drawing?.missing ?? [] };
}

/** The drawing with the pictures that lie beside it; nothing when it names none. */
export async function withLinked(input: FileInput, signal: AbortSignal): Promise<Drawing | undefined> {
  if (!isDrawing(input)) return undefined;
  // Under the address that saves it: it may be read from here, the one that shows it may not.
  return filled(await readAll({ url: input.download, contentType: "" }, signal), input, signal);
}

const SVG = "image/svg+xml";
const XLINK = "http://www.w3.org/1999/xlink";

function decoded(bytes: Uint8Array): string {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : (/^[^>]*\bencoding\s*=\s*["']([\w-]+)/.exec(new TextDecoder("windows-1252").decode(bytes.subarray(0, 200)))?.[1] ?? "utf-8");
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

async function filled(bytes: Uint8Array<ArrayBuffer>, input: FileInput, signal: AbortSignal): Promise<Drawing | undefined> {
  const text = decoded(bytes);
  if (!linksIn(text)) return undefined;
  // It is text now: what it says of its bytes would be wrong.
  const document = new DOMParser().parseFromString(text.replace(/^\s*<\?xml[^>]*\?>/, ""), SVG);
  if (document.querySelector("parsererror")) return undefined;
  const missing: string[] = [];
  let [count, room] = [0, LINKED_MAX];
  for (const picture of document.querySelectorAll("image, feImage")) {
    const href = picture.getAttribute("href") ?? picture.getAttributeNS(XLINK, "href");
    if (href === null || /^\s*(?:#|data:|$)/i.test(href)) continue;
    const found: Uint8Array<ArrayBuffer> | undefined = count < LINKS_MAX ? await beside(href.trim(), room, input, signal) : undefined;
    count += 1;
    if (!found) {
      missing.push(href.trim().slice(0, 200));
      continue;
    }
    room -= found.length;
    picture.removeAttributeNS(XLINK, "href");
    picture.setAttribute("href", await dataOf(found, typeOf(href) ?? ""));
  }
  if (count === 0) return undefined;
  if (count === missing.length) return { url: undefined, missing };
  return { url: await dataOf(new TextEncoder().encode(new XMLSerializer().serializeToString(document)), SVG), missing };
}

const typeOf = (address: string): string | undefined => TYPES[/\.(\w+)(?:[?#].*)?$/.exec(address.trim())?.[1]?.toLowerCase() ?? ""];

async function beside(href: string, room: number, input: FileInput, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (typeOf(href) === undefined) return undefined;
  const url = await input.links.image(href, signal);
  // What lies elsewhere would hear that it is looked at.
  if (url === undefined || new URL(url, location.href).origin !== location.origin) return undefined;
  const bytes = await readAll({ url, contentType: "" }, signal).catch(() => undefined);
  return bytes && bytes.length <= room ? bytes : undefined;
}

function dataOf(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("The bytes cannot be read"));
    reader.readAsDataURL(new Blob([bytes], { type }));
  });
}
