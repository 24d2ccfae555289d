// PDFs for the specs, written by hand: pages with a line of text, a table of contents, links of every kind, a password.

import { createHash } from "node:crypto";

/** ISO 32000-1, algorithm 2: what every password is filled up with. */
const PADDING = Buffer.from("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a", "hex");

function rc4(key, bytes) {
  const state = Uint8Array.from({ length: 256 }, (_, n) => n);
  for (let n = 0, j = 0; n < 256; n += 1) {
    j = (j + state[n] + key[n % key.length]) & 255;
    [state[n], state[j]] = [state[j], state[n]];
  }
  let [i, j] = [0, 0];
  return Buffer.from(bytes).map((byte) => {
    i = (i + 1) & 255;
    j = (j + state[i]) & 255;
    [state[i], state[j]] = [state[j], state[i]];
    return byte ^ state[(state[i] + state[j]) & 255];
  });
}

const md5 = (...parts) => createHash("md5").update(Buffer.concat(parts)).digest();
const padded = (password) => Buffer.concat([Buffer.from(password, "latin1"), PADDING]).subarray(0, 32);

/** The standard security handler, revision 2: 40 bits of RC4, which every reader knows. */
function protection(password) {
  const id = Buffer.alloc(16, 7);
  const rights = Buffer.from([0xfc, 0xff, 0xff, 0xff]);
  const owner = rc4(md5(padded("owner")).subarray(0, 5), padded(password));
  const key = md5(padded(password), owner, rights, id).subarray(0, 5);
  const hex = (bytes) => `<${bytes.toString("hex")}>`;
  return {
    trailer: `/Encrypt << /Filter /Standard /V 1 /R 2 /O ${hex(owner)} /U ${hex(rc4(key, PADDING))} /P -4 >> /ID [${hex(id)} ${hex(id)}]`,
    seal: (number, text) => rc4(md5(key, Buffer.from([number & 255, number >> 8, 0, 0, 0])).subarray(0, 10), Buffer.from(text, "latin1")).toString("latin1"),
  };
}

const name = (text) => `(${text.replace(/[\\()]/g, "\\$&")})`;

/**
 * `pages` are lines of text, one for each page; `links` are actions (`/S /URI /URI (…)`) or destinations on page 1; `outline` has
 * `[title, page]`; each page has the name `page-N`.
 */
export function makePdf({ pages, links = [], outline = [], catalog = "", password }) {
  const sealed = password === undefined ? undefined : protection(password);
  const objects = [];
  const add = (content) => objects.push(content);
  const count = pages.length;
  const [first, streams, annotations] = [4, 4 + count, 4 + 2 * count];
  const items = annotations + links.length;
  const kids = pages.map((_, n) => `${first + n} 0 R`).join(" ");
  const dests = pages.map((_, n) => `/page-${n + 1} [${first + n} 0 R /XYZ 0 792 null]`).join(" ");
  const contents = outline.length > 0 ? `/Outlines ${items} 0 R` : "";
  add(`<< /Type /Catalog /Pages 2 0 R /Dests << ${dests} >> ${contents} ${catalog} >>`);
  add(`<< /Type /Pages /Count ${count} /Kids [${kids}] >>`);
  add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  pages.forEach((_, n) => {
    const annots = n === 0 ? `/Annots [${links.map((_, at) => `${annotations + at} 0 R`).join(" ")}]` : "";
    add(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F 3 0 R >> >> /Contents ${streams + n} 0 R ${annots} >>`);
  });
  pages.forEach((line, n) => {
    const drawing = `BT /F 24 Tf 72 700 Td ${name(line)} Tj ET`;
    const stored = sealed ? sealed.seal(streams + n, drawing) : drawing;
    add(`<< /Length ${stored.length} >>\nstream\n${stored}\nendstream`);
  });
  links.forEach((action, n) => add(`<< /Type /Annot /Subtype /Link /Border [0 0 0] /Rect [72 ${600 - 30 * n} 300 ${620 - 30 * n}] ${action} >>`));
  if (outline.length > 0) {
    add(`<< /Type /Outlines /First ${items + 1} 0 R /Last ${items + outline.length} 0 R /Count ${outline.length} >>`);
    outline.forEach(([title, page], n) => {
      const next = n + 1 < outline.length ? `/Next ${items + 2 + n} 0 R` : "";
      const previous = n > 0 ? `/Prev ${items + n} 0 R` : "";
      add(`<< /Title ${name(title)} /Parent ${items} 0 R ${previous} ${next} /Dest [${first + page - 1} 0 R /Fit] >>`);
    });
  }
  return written(objects, sealed?.trailer ?? "");
}

/** The objects with their table and trailer. */
function written(objects, more) {
  let text = "%PDF-1.7\n";
  const offsets = objects.map((object, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const rows = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${more} >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(`${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}${trailer}`, "latin1");
}
