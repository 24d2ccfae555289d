// The files beside a notebook that an output with scripts names: the frame's page gets the addresses of exactly these, and of no others.
// Pure, but for the look-up.

import type { Links, Neighbour } from "../markup";

/** More names than this in one output are not looked up. */
const NAMES_MAX = 60;

/** An attribute that loads something, or a text of a script that is the name of a file. */
const NAMED = /\s(?:src|poster|data-src|xlink:href)\s*=\s*(?:"([^"]{1,500})"|'([^']{1,500})'|([^\s"'>]{1,500}))|(["'`])([^"'`\n<>:]{1,300}\.(?:png|jpe?g|gif|webp|svg|bmp|avif|mp4|webm|ogv|mp3|wav|ogg|m4a))\4/gi;

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&quot;": '"', "&#39;": "'", "&lt;": "<", "&gt;": ">" };

/** The names, as the output has them: paths, not addresses of other sites. */
export function namesIn(output: string): string[] {
  const names = new Set<string>();
  for (const [, double, single, bare, , quoted] of output.matchAll(NAMED)) {
    const name = (double ?? single ?? bare ?? quoted ?? "").replace(/&(?:amp|quot|#39|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity).trim();
    if (name !== "" && !/^(?:[a-z][a-z\d+.-]*:|\/\/|#|\{|\$)/i.test(name)) names.add(name);
    if (names.size >= NAMES_MAX) break;
  }
  return [...names];
}

/** Their addresses on the frame origin, by name; of those that the share has. */
export async function filesFor(output: string, links: Links, signal: AbortSignal): Promise<Record<string, string>> {
  const found = namesIn(output).map(async (name) => {
    const json = await links.framed(name, signal).catch(() => undefined);
    return json === undefined ? [] : [[name, (JSON.parse(json) as Neighbour).url] as const];
  });
  return Object.fromEntries((await Promise.all(found)).flat());
}
