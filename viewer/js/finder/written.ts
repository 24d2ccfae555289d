// Pages as the publish writes them, for the tests beside; the page itself only reads them.

const bytes = (text: string) => [...new TextEncoder().encode(text)];

/** LEB128. */
const number = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >> 7)]);

/** The text of a page of paths and kinds. */
export function page(lines: readonly (readonly [path: string, kind: string])[]): Uint8Array<ArrayBuffer> {
  const kinds = [...new Set(lines.map(([, kind]) => kind))];
  const text = [...bytes("VPI1"), ...number(kinds.length), ...kinds.flatMap((kind) => [...number(bytes(kind).length), ...bytes(kind)])];
  let last: number[] = [];
  for (const [path, kind] of lines) {
    const here = bytes(path);
    let shared = 0;
    while (shared < here.length && here[shared] === last[shared]) shared += 1;
    while ((here[shared] ?? 0) >> 6 === 2) shared -= 1;
    text.push(kinds.indexOf(kind), ...number(shared), ...number(here.length - shared), ...here.slice(shared));
    last = here;
  }
  return Uint8Array.from(text);
}

/** Compressed, as it is stored. */
export async function stored(text: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
