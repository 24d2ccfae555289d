// Kinds of pictures that most browsers do not show, by the endings of their names: so that a reader hears what it is instead of
// "damaged". Pure.

const FORMATS: Readonly<Record<string, string>> = {
  tif: "TIFF",
  tiff: "TIFF",
  heic: "HEIC",
  heif: "HEIF",
  jxl: "JPEG XL",
  avif: "AVIF",
};

/** What the format of that name is called, if it is one that a browser may well not know. */
export function rareFormat(name: string): string | undefined {
  return FORMATS[/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ""];
}
