// The two notebooks that are made here: one of 10 MB, as figures make them, and one of 1,000 cells. The same on every run.

import { deflateSync, crc32 } from "node:zlib";

/** Agreed texts: each stands in one run of text whoever draws it, the first at the top, the last at the very end. */
export const FIRST = "The first words of this notebook";
export const LAST = "The last words of this notebook";

/** Noise that is the same every time (the "minimal standard" generator). */
function noise(seed) {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A picture of noise: as hard to compress as the pixels of a real figure that PNG has compressed already. */
function png(width, height, next) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let at = 0; at < rows.length; at += 1) rows[at] = at % (1 + width * 3) === 0 ? 0 : next() & 255;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const parts = [chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...parts]);
}

/** The same as base64, from a seed of its own. */
export const picture = (width, height, seed) => png(width, height, noise(seed)).toString("base64");

const lines = (text) => text.split(/(?<=\n)/);

const markdown = (n, text) => ({ cell_type: "markdown", id: `m${n}`, metadata: {}, source: lines(text) });

const code = (n, source, outputs) => ({ cell_type: "code", id: `c${n}`, metadata: {}, execution_count: n, source: lines(source), outputs });

const stream = (text) => ({ output_type: "stream", name: "stdout", text: lines(text) });

const shown = (data) => ({ output_type: "display_data", metadata: {}, data });

function frame(rows, next) {
  const columns = ["station", "mean", "spread", "count"];
  const cells = Array.from({ length: rows }, (_, n) => [`S${n}`, ...[1, 2, 3].map(() => (next() % 10_000) / 100)]);
  const row = (tag, values) => `<tr style="text-align: right;">${values.map((value) => `<${tag}>${value}</${tag}>`).join("")}</tr>\n`;
  const html = `<div>\n<table border="1" class="dataframe">\n<thead>\n${row("th", columns)}</thead>\n<tbody>\n${cells.map((cell) => row("td", cell)).join("")}</tbody>\n</table>\n</div>`;
  return { output_type: "execute_result", execution_count: 1, metadata: {}, data: { "text/html": lines(html), "text/plain": ["a table"] } };
}

const SOURCE = (n) => `import numpy as np\n\ndef sample_${n}(size=${100 + n}):\n    """Draws ${n} samples."""\n    values = np.random.default_rng(${n}).normal(size=size)\n    return values.mean(), values.std()  # both\n\nfor step in range(${n % 9}):\n    print(f"{step}: {sample_${n}()}")\n`;

const PROSE = (n) => `## Part ${n}\n\nHere the *samples* of part ${n} are compared with **what was expected**, by \`sample_${n}\`, and [the table](#part-${n}) says how far apart they are:\n\n- the mean is $\\mu_{${n}} = \\frac{1}{n}\\sum_i x_i$,\n- the rest is noise.\n`;

const written = (cells) => JSON.stringify({ cells, metadata: { kernelspec: { display_name: "Python 3", language: "python", name: "python3" }, language_info: { name: "python", file_extension: ".py", mimetype: "text/x-python" } }, nbformat: 4, nbformat_minor: 5 }, null, 1);

const opening = () => markdown(0, `# A notebook to measure with\n\n${FIRST}.\n`);

const ending = () => markdown("end", `${LAST}.\n`);

/** 10 MB: figures of 40 KB, with code, printed text and tables between them. */
export function large(bytes = 10_000_000) {
  const next = noise(1);
  const cells = [opening()];
  let size = 2000;
  for (let n = 1; size < bytes; n += 1) {
    const figure = shown({ "image/png": png(120, 80, next).toString("base64"), "text/plain": ["<Figure size 120x80>"] });
    const kinds = [[figure], [stream(`${n}: done\n`.repeat(30)), figure], [frame(20, next)]];
    const made = n % 5 === 0 ? markdown(n, PROSE(n)) : code(n, SOURCE(n), kinds[n % 3]);
    size += JSON.stringify(made, null, 1).length;
    cells.push(made);
  }
  return written([...cells, ending()]);
}

/** Many cells of every usual kind, and none of them large. */
export function many(count = 1000) {
  const next = noise(2);
  const cells = [opening()];
  for (let n = 1; n < count - 1; n += 1) {
    const kinds = [[], [stream(`${n}: done\n`.repeat(1 + (n % 12)))], [frame(6, next)], [shown({ "image/png": png(24, 16, next).toString("base64") })]];
    cells.push(n % 4 === 0 ? markdown(n, PROSE(n)) : code(n, SOURCE(n), kinds[n % 4 === 1 ? n % 2 : (n >> 1) % 4]));
  }
  return written([...cells, ending()]);
}
