// One piece of a board as an element, in its author's place and colours. Positions are custom properties that the style sheet uses, so
// that a list of the same pieces can do without them. `page.ts` calls it.

import { type Cells, type Coloured, codeElement, printedElement, printedOf } from "../computed";
import { element, folded, problem } from "../elements";
import { richElement, richText } from "../rich-text";
import { minute, t } from "../text";
import { DARK, LIGHT, LINE_RATIO, STROKE_RATIO, TEXT_RATIO, css, readColour, readable, textOn } from "./colours";
import { strokePath } from "./geometry";
import { symbolOf } from "./icons";
import type { Computed, Content, Look, Piece, Said } from "./model";

/** What the pieces of one page share. */
export interface Drawing extends Cells {
  readonly coloured: Coloured[];
  /** A picture of a page: nothing that runs. */
  readonly still: boolean;
}

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with attributes, which are ours. */
export function shape<Name extends keyof SVGElementTagNameMap>(name: Name, attributes: Readonly<Record<string, string>>): SVGElementTagNameMap[Name] {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Gives an element its author's ink, for a light and for a dark ground, as far as it can be told from them. */
export function setInk(place: HTMLElement | SVGElement, look: Look, ratio: number): void {
  const colour = readColour(look.colour);
  if (!colour) return;
  place.style.setProperty("--ink-light", css(readable(colour, LIGHT, ratio)));
  place.style.setProperty("--ink-dark", css(readable(colour, DARK, ratio)));
}

/** Names that mean a kind of letters; any other name is asked for, with ours behind it. */
const FAMILIES: Readonly<Record<string, string>> = { sans: "var(--sans)", "sans-serif": "var(--sans)", serif: "serif", monospace: "var(--mono)", mono: "var(--mono)", cursive: "cursive" };

function setLetters(place: HTMLElement, { fontSize, fontFamily }: Look): void {
  place.style.setProperty("--letters", `${fontSize}px`);
  const name = (fontFamily ?? "").trim().toLowerCase();
  if (!/^[a-z][a-z0-9 -]{0,40}$/.test(name)) return;
  place.style.setProperty("font-family", FAMILIES[name] ?? `"${name}", var(--sans)`);
}

/** Its place; what turns, turns about its middle. */
function setPlace(place: HTMLElement, { x, y, w, h, z, rotate, look }: Piece): void {
  for (const [name, value] of Object.entries({ x, y, w, h })) place.style.setProperty(`--${name}`, `${value}px`);
  place.style.setProperty("--z", String(z));
  if (rotate !== 0) place.style.setProperty("--turn", `${rotate}rad`);
  if (look.opacity < 1) place.style.setProperty("opacity", String(look.opacity));
}

/** A piece that cannot be drawn is a box in its place. */
export function pieceElement(piece: Piece, drawing: Drawing): HTMLElement {
  const place = element("div", `piece piece-${piece.content.kind}`);
  setPlace(place, piece);
  try {
    fillPiece(place, piece.content, piece, drawing);
  } catch (error) {
    console.warn("A piece of the board could not be drawn", error);
    place.replaceChildren(problem("board", t("board.pieceFailed"), String(error)));
  }
  return place;
}

function fillPiece(place: HTMLElement, content: Content, piece: Piece, drawing: Drawing): void {
  switch (content.kind) {
    case "text":
      setInk(place, piece.look, TEXT_RATIO);
      setLetters(place, piece.look);
      place.append(richElement("", content.text, drawing));
      return;
    case "note":
      note(place, content.text, piece.look, drawing);
      return;
    case "icon":
      icon(place, content.name, piece);
      return;
    case "pen":
      place.append(pen(content.path, piece));
      return;
    case "code":
      code(place, content.cell, drawing);
      return;
    case "frame":
      setInk(place, piece.look, LINE_RATIO);
      if (content.title.trim() !== "") place.append(richElement("piece-title", content.title, drawing));
      return;
    case "clock":
      place.append(clock(content));
      return;
    case "chat":
      place.append(...content.said.map((said) => saying(said, content.said, drawing)));
      return;
    case "terminal":
      place.append(element("p", "left-out", t("board.terminal")));
      return;
    case "unknown":
      place.append(element("p", "left-out", t("board.unknown", { type: content.type })));
      if (content.text !== "") place.append(richElement("", content.text, drawing));
  }
}

/** The default is the yellow that everybody knows. */
const PAPER = [255, 249, 196] as const;

function note(place: HTMLElement, text: string, look: Look, drawing: Drawing): void {
  const ground = readColour(look.colour) ?? PAPER;
  place.style.setProperty("--ground", css(ground));
  place.style.setProperty("--on-ground", css(textOn(ground)));
  setLetters(place, look);
  place.append(richElement("", text, drawing));
}

function icon(place: HTMLElement, name: string, { w, h, look }: Piece): void {
  const symbol = symbolOf(name);
  setInk(place, look, LINE_RATIO);
  place.style.setProperty("--letters", `${Math.max(8, Math.min(w, h) * (symbol.known ? 0.8 : 0.45))}px`);
  const character = element("span", "piece-symbol", symbol.character);
  character.setAttribute("role", "img");
  character.setAttribute("aria-label", t("board.icon", { name: symbol.name || "?" }));
  place.append(character);
  if (!symbol.known && symbol.name !== "") place.append(element("span", "piece-label", symbol.name));
}

/** A stroke says nothing to who cannot see it; how many there are stands below the board. */
function pen(path: readonly number[], { w, h, look }: Piece): SVGSVGElement {
  const drawn = shape("svg", { class: "stroke", "aria-hidden": "true", width: String(w), height: String(h) });
  const line = shape("path", { d: strokePath(path), "stroke-width": String(look.width) });
  setInk(line, look, STROKE_RATIO);
  drawn.append(line);
  return drawn;
}

function code(place: HTMLElement, cell: Computed, drawing: Drawing): void {
  const facts = [cell.count === undefined ? t("board.code") : t("board.codeCell", { number: cell.count }), cell.kernel].filter((fact) => fact !== "");
  place.append(element("p", "piece-facts", facts.join(" · ")));
  if (cell.code.trim() !== "") {
    const block = codeElement(cell.code, languageOf(cell.kernel), drawing.coloured);
    place.append(cell.hideInput ? folded("folded", t("board.code"), block) : block);
  }
  const printed = cell.messages.flatMap(printedOf);
  if (printed.length === 0) return;
  if (drawing.still) place.append(element("p", "left-out", t("board.output")));
  else if (cell.hideOutput) place.append(folded("folded", t("board.output"), printedElement(printed, cell.kernel, drawing)));
  else place.append(printedElement(printed, cell.kernel, drawing));
}

/** Kernels are named for their language and its version. */
export function languageOf(kernel: string): string {
  const name = kernel.toLowerCase();
  if (/^(ir\b|r\b|r-)/.test(name)) return "r";
  return /^[a-z]+/.exec(name)?.[0] ?? "python";
}

/** Hours, minutes and seconds, as a clock writes them. */
function clockFace(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${h > 0 ? `${h}:${String(m).padStart(2, "0")}` : m}:${String(s).padStart(2, "0")}`;
}

function clock(content: Content & { kind: "clock" }): HTMLElement {
  const { countdown, totalMs, state, sinceMs } = content;
  const shown = countdown === undefined ? totalMs : countdown * 1000 - totalMs;
  const states = { running: sinceMs === undefined ? t("board.clock.running") : t("board.clock.since", { when: minute(sinceMs) }), paused: t("board.clock.paused"), stopped: t("board.clock.stopped") };
  const kind = countdown === undefined ? t("board.stopwatch") : t("board.timer");
  return element("div", "clock", element("span", "clock-face", clockFace(shown)), element("span", "clock-state", `${content.title.trim() || kind} · ${states[state]}`));
}

function saying({ who, text, when }: Said, all: readonly Said[], drawing: Drawing): HTMLElement {
  const people = [...new Set(all.map((said) => said.who))];
  const facts = [t("chat.person", { number: people.indexOf(who) + 1 }), when === undefined ? "" : minute(when)].filter((fact) => fact !== "");
  const body = element("div", "prose");
  richText(body, text, drawing);
  return element("div", "saying", element("p", "piece-facts", facts.join(" · ")), body);
}
