// The words of a mail's head that are not ASCII, as `git format-patch` writes them (RFC 2047). Pure; the diff page calls it. It refuses
// to touch what it cannot read.

const WORD = /=\?([\w-]+)(?:\*[\w-]+)?\?([bq])\?([^?\s]*)\?=/gi;

/** Two such words stand next to each other, whatever white space is between them. */
const BETWEEN = /(\?=)\s+(?==\?[\w-]+(?:\*[\w-]+)?\?[bq]\?)/gi;

function bytesOf(coding: string, text: string): Uint8Array<ArrayBuffer> {
  if (/b/i.test(coding)) return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const raw = text.replaceAll("_", " ").replace(/=([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/** The text with the head of its mail decoded, if it begins as one. */
export function decodedHead(text: string): string {
  if (!/^\s*(?:From |From:|Subject:|Date:|Message-I[dD]:)/.test(text)) return text;
  const end = text.search(/\S[^\n]*\n\s*\n/);
  const blank = end < 0 ? text.length : text.indexOf("\n\n", end);
  const head = blank < 0 ? text : text.slice(0, blank);
  const decoded = head.replace(BETWEEN, "$1").replace(WORD, (whole, charset: string, coding: string, inner: string) => {
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytesOf(coding, inner));
    } catch {
      return whole;
    }
  });
  return decoded + text.slice(head.length);
}
