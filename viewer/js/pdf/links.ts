// Where the links of a PDF lead: to web pages and mail addresses in a new tab, to places of the document through the address
// bar, so that "back" goes back. Every other scheme is refused. The view hands it to pdf.js.

import { type EventBus, LinkTarget, PDFLinkService } from "pdfjs-dist/web/pdf_viewer.mjs";

/** What a document's link may lead out to; pdf.js itself would let `ftp:` and `tel:` pass. */
export function leadsOut(url: string): boolean {
  const scheme = URL.parse(url)?.protocol;
  return scheme === "http:" || scheme === "https:" || scheme === "mailto:";
}

export class Links extends PDFLinkService {
  #showing = false;

  constructor(
    eventBus: EventBus,
    /** Makes a place of the document the next step of the history. */
    private readonly follow: (hash: string) => void,
  ) {
    super({ eventBus, externalLinkTarget: LinkTarget.BLANK, externalLinkRel: "noopener noreferrer nofollow ugc" });
  }

  override addLinkAttributes(link: HTMLAnchorElement, url: string): void {
    if (leadsOut(url)) super.addLinkAttributes(link, url, true);
    else link.removeAttribute("href");
  }

  /** Goes where the address says: `page=12`, the name of a place, or the place itself. */
  show(fragment: string): void {
    this.#showing = true;
    try {
      this.setHash(fragment);
    } catch (error) {
      console.warn("This address names no place of the document", error);
    } finally {
      this.#showing = false;
    }
  }

  /** A link of the document was clicked, unless it is `show` that asks. */
  override async goToDestination(dest: string | unknown[]): Promise<void> {
    if (this.#showing) await super.goToDestination(dest);
    else this.follow(this.getDestinationHash(dest));
  }

  /** What a document wants done to the viewer itself is not done; only turning its pages is. */
  override executeNamedAction(action: string): void {
    if (/^(Next|Prev|First|Last)Page$/.test(action)) super.executeNamedAction(action);
  }
}
