// The words below the tables: who is compared, and how each figure comes about.

/** What the contenders are called. */
export const NAMES = { nbconvert: "nbconvert", marked: "marked", pdfjs: "pdf.js", serve: "serve" };

export const MEANING = `\
The same files, in headless Chromium, by:

- **ours**: Vitrine's viewer, its page and data from the Worker.
- **nbconvert**: its HTML export (the template \`lab\`, as it comes). What it takes from public CDNs, RequireJS and MathJax 2.7.7, stands
  beside it here, from npm; to let it fail would make it faster. Its work of exporting is done beforehand and is in no figure.
- **marked**: a static page that fetches the Markdown and turns it into HTML by marked, and colours it by highlight.js. It sanitises
  nothing and typesets no formula, which ours does.
- **pdf.js**: its own viewer, \`web/viewer.html\`, whole and as built. npm's \`pdfjs-dist\` holds its parts only and Debian's package is of
  2022, so it comes from \`ng2-pdfjs-viewer\`, without the sheet and the script that this package adds. Its pdf.js is older than ours.
- **serve**: the folder as the npm package \`serve\` lists it, as one HTML page made on the server.

*First content*: from the start of the navigation until the frame is painted in which the agreed words can be seen: the first sentence of
a document, the first name of a folder. For a PDF: until something dark is on a canvas of its first page. One observer, put into every page
before its own scripts, sees it for all alike. *±*: how far the rounds lie apart. *Ours/peer*: the median of the rounds' ratios; below 1
ours is there first. *FCP*: when the browser first painted any text or picture, a header or "Loading…" too. *Complete*: the last change
of the page, a picture that arrived or a text that got its colours, before a second and a half without any and without an answer under
way; a page that has not come to rest within a minute has none. *KB*, *requests*: counted in the server, heads and all, until then. *Long tasks*: over 50 ms, of the page's main thread until then.
*Memory*: scripts, their buffers (wasm's too) and elements, after a collection; a PDF's worker is not in it.

One server stands in front of all: it keeps what each contender's own server answered and gives it again, over plain HTTP/1.1, so that no
figure holds the time of a server. It asks them as Cloudflare's edge does, which takes gzip; what comes as it is it compresses where the edge
would, by brotli, quality 4: by that list of types, and never what says \`no-transform\`. Each visit pair has a new browser with an empty profile, which has come to rest; *the second visit* is in a new tab of
it, by the cache rules of each: ours from the Worker; for the peers, libraries for ever and documents asked for again. Contenders take
turns, another one first in each round. Network and processor are slowed by the browser itself, workers and frames included.

An agreed last sentence must be there after each visit, scrolled to if need be; else the run ends. A list of 10,000 names or a
notebook of 1,000 cells may be drawn as it is scrolled, so *complete* is not the same amount of work for everybody.`;
