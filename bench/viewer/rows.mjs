// What is looked at, on which address of each contender, and the words that were agreed on.

import { SMALL_FILES, TEXT, WIDE_FILES, named } from "./content.mjs";
import { FIRST, LAST } from "./notebooks.mjs";

const inNotebook = { first: FIRST, last: LAST };

/** `path` is the file's own; `peer` who else shows it. A row with `ink` is there when its first page is drawn. */
export const ROWS = [
  { id: "waves", name: "notebook, 180 KB", path: "notebooks/waves.ipynb", peer: "nbconvert", first: "A wave is a shape that moves.", last: "the beginning of the tour" },
  { id: "large", name: "notebook, 10 MB", path: "notebooks/large.ipynb", peer: "nbconvert", ...inNotebook },
  { id: "many", name: "notebook, 1,000 cells", path: "notebooks/many.ipynb", peer: "nbconvert", ...inNotebook, scrolled: true },
  { id: "text", name: "Markdown, 6 KB", path: "text/welcome.md", peer: "marked", first: "Welcome to Vitrine!", last: "Throw a stone into a pond" },
  { id: "handbook", name: "Markdown, 110 KB", path: "text/handbook.md", peer: "marked", ...TEXT },
  { id: "paper", name: "PDF, 3 pages", path: "paper/standing-waves.pdf", peer: "pdfjs", first: "Standing", last: "", ink: true },
  { id: "book", name: "PDF, long", path: "paper/long.pdf", peer: "pdfjs", first: TEXT.first, last: "", ink: true },
  { id: "small", name: `folder, ${SMALL_FILES} files`, path: "small", peer: "serve", ...named(SMALL_FILES) },
  { id: "wide", name: "folder, 10,000 files", path: "wide", peer: "serve", ...named(WIDE_FILES), scrolled: true },
];

const PEER_PATHS = {
  nbconvert: (path) => path.replace(/ipynb$/, "html"),
  marked: (path) => path.replace(/md$/, "html"),
  pdfjs: (path) => `pdfjs/web/viewer.html?file=/${path}`,
  serve: (path) => `${path}/`,
};

/** The host names in front of which the one server stands. */
export const PEERS = Object.keys(PEER_PATHS);

/** The contenders of a row with their addresses; ours is first. */
export const contenders = ({ path, peer }, { port, share }) => [
  { id: "ours", url: `http://share.localhost:${port}/${share}/${path}` },
  { id: peer, url: `http://${peer}.localhost:${port}/${PEER_PATHS[peer](path)}` },
];
