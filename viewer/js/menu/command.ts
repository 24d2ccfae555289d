// The command that copies what a page shows onto the reader's disk. Pure; called by `copy.ts`.

/** A name for the folder to copy into that no shell takes apart: letters, digits, dots and lines of a title. */
export function folderName(title: string): string {
  const name = title.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  // Bounded by characters, not halves of them.
  return [...name].slice(0, 40).join("").replace(/[-.]+$/, "") || "share";
}

/** `vitrine copy` of an address of a page. Its path is percent-encoded but for letters, digits and `-._~/`. */
export function copyCommand(origin: string, pathname: string, title: string): string {
  const path = pathname.replace(/[^A-Za-z0-9%._~/-]/g, encodeURIComponent).replace(/['()!*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return `vitrine copy ${origin}${path.replace(/\/$/, "")} ./${folderName(title)}`;
}
