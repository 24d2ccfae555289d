// A file out of an archive, shown without leaving the list: a text as text, a picture as a picture. Whatever else it is, it is
// only ever saved. Called by the archive's page.

import { element, preformatted } from "../elements";
import { textMakerOf } from "../encodings/guess";
import { t } from "../text";

/** Pictures go into `<img>`, where an SVG neither runs nor loads anything. */
const PICTURES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  bmp: "image/bmp",
  svg: "image/svg+xml",
};

const endingOf = (name: string) => name.slice(name.lastIndexOf(".") + 1).toLowerCase();

export const pictureType = (name: string): string | undefined => (Object.hasOwn(PICTURES, endingOf(name)) ? PICTURES[endingOf(name)] : undefined);

/** Texts have no zero bytes, but for UTF-16's, which are marked. */
export function isText(bytes: Uint8Array): boolean {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  return mark === 0xfffe || mark === 0xfeff || !bytes.subarray(0, 8_000).includes(0);
}

export async function preview(name: string, bytes: Uint8Array<ArrayBuffer>, isCut: boolean): Promise<{ root: HTMLElement; destroy(): void }> {
  const root = element("div", "archive-preview");
  const type = pictureType(name);
  if (type !== undefined && !isCut) {
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    const picture = element("img");
    picture.alt = name;
    picture.src = url;
    picture.addEventListener("error", () => root.replaceChildren(element("p", "archive-note", t("archive.noPicture"))));
    root.append(picture);
    return { root, destroy: () => URL.revokeObjectURL(url) };
  }
  if (!isText(bytes)) root.append(element("p", "archive-note", t("archive.binary")));
  else {
    root.append(preformatted("plain", bytes.length === 0 ? t("archive.emptyFile") : (await textMakerOf(bytes, { contentType: "", name }, isCut)).decode(bytes)));
    if (isCut) root.append(element("p", "archive-note", t("archive.previewCut")));
  }
  return { root, destroy() {} };
}
