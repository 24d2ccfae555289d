// The encoding of a text that neither its bytes nor its manifest names: what the reader chose, what the file's name stands for, what the
// detector says, which is fetched for it. It refuses to fail: without the detector a text is read as Windows-1252.

import { type TextMaker, decoderNamed, judged } from "../encoding";
import { reading } from "./address";
import { isDos } from "./dos";

/** What is known of a text besides its bytes. */
export interface TextFacts {
  readonly contentType: string;
  readonly name?: string;
}

/** The detector looks at so much: it is sure long before. */
const GUESSED_FROM = 1 << 18;

/** Texts of these names were drawn with the characters of DOS. */
const DRAWN_IN_DOS = /\.(?:nfo|diz|ans)$/i;

let guess: ((bytes: Uint8Array) => string) | undefined;

async function detector(): Promise<(bytes: Uint8Array) => string> {
  if (guess) return guess;
  const module = await import("vitrine-encodings");
  await module.default({ module_or_path: ASSETS.encodingsWasm });
  return (guess = module.guess);
}

/** What the detector says of bytes, whatever they say by themselves. */
export const guessed = async (bytes: Uint8Array): Promise<string> => (await detector())(bytes.subarray(0, GUESSED_FROM)).toLowerCase();

/** The encoding's name, which `decoderNamed` knows. */
export async function encodingOf(bytes: Uint8Array, facts: TextFacts, goesOn = false): Promise<string> {
  const wanted = reading("encoding");
  if (wanted !== undefined && decoderNamed(wanted)) return wanted.toLowerCase();
  const said = judged(bytes, facts.contentType, goesOn);
  if (said !== undefined) return said;
  if (DRAWN_IN_DOS.test(facts.name ?? "")) return "cp437";
  const looked = bytes.subarray(0, GUESSED_FROM);
  try {
    return refined((await detector())(looked), looked);
  } catch (error) {
    console.warn("The encoding could not be guessed", error);
    return refined("windows-1252", looked);
  }
}

/** The detector knows the web, where DOS and GB18030 do not stand. */
export function refined(name: string, bytes: Uint8Array): string {
  const lower = name.toLowerCase();
  if (/^(?:windows-125[0-8]|iso-8859|macintosh)/.test(lower) && isDos(bytes)) return "cp437";
  return lower === "gbk" ? "gb18030" : lower;
}

export async function textMakerOf(bytes: Uint8Array, facts: TextFacts, goesOn = false): Promise<TextMaker> {
  return decoderNamed(await encodingOf(bytes, facts, goesOn)) ?? (new TextDecoder("windows-1252") as TextMaker);
}
