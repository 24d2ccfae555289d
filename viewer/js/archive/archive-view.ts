// The list of an archive as a tree of folders, each drawn when it is opened; a file opens below its name or is saved. Called by
// the archive's page.

import { button, element } from "../elements";
import type { Mounted } from "../file";
import { minute, machine, size, t } from "../text";
import { ArchiveError, type Entry, type Folder, type Listing, treeOf } from "./entries";
import { PACKED_MAX, readMember } from "./member";
import { pictureType, preview } from "./preview";
import type { Read } from "./zip";

/** Names that are drawn at once; a button draws as many more. */
const DRAWN = 500;

/** A text is shown up to this, a picture up to that. */
const TEXT_MAX = 1_000_000;
const PICTURE_MAX = 30_000_000;

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export class ArchiveView implements Mounted {
  private readonly tree: Folder;
  private readonly list = element("div", "archive-list");
  private readonly urls = new Set<() => void>();

  constructor(
    host: HTMLElement,
    private readonly listing: Listing,
    private readonly read: Read,
  ) {
    this.tree = treeOf(listing.entries);
    const search = element("input", "archive-search");
    search.type = "search";
    search.placeholder = t("archive.filter");
    search.ariaLabel = t("archive.filter");
    search.addEventListener("input", () => this.draw(search.value.trim().toLowerCase()));
    const bar = element("div", "archive-bar", this.facts());
    if (listing.entries.length > 10) bar.prepend(search);
    host.replaceChildren(bar, this.list);
    this.draw("");
  }

  destroy(): void {
    for (const free of this.urls) free();
  }

  private facts(): HTMLElement {
    const parts = [t("archive.files", { count: this.tree.count }), t("archive.unpacked", { size: size(this.tree.size) })];
    if (this.listing.isCut) parts.push(this.listing.count > this.listing.entries.length ? t("archive.more", { count: this.listing.count }) : t("archive.cut"));
    if (this.listing.problem !== undefined) parts.push(t(this.listing.problem));
    const facts = element("p", "archive-facts", parts.join(" · "));
    facts.role = "status";
    return facts;
  }

  private draw(wanted: string): void {
    if (wanted === "") {
      const only = this.tree.folders.size === 1 && this.tree.files.length === 0;
      this.list.replaceChildren(this.tree.count + this.tree.folders.size === 0 ? element("p", "empty", t("archive.empty")) : this.folder(this.tree, only));
      return;
    }
    const found = this.listing.entries.filter((entry) => !entry.isFolder && entry.path.toLowerCase().includes(wanted));
    const items = found.map((entry) => () => this.file(entry.path, entry));
    this.list.replaceChildren(found.length === 0 ? element("p", "empty", t("archive.nothing")) : this.items(items));
  }

  private folder(folder: Folder, opensAll: boolean): HTMLUListElement {
    const folders = [...folder.folders.values()].sort((a, b) => byName.compare(a.name, b.name));
    const files = folder.files.toSorted((a, b) => byName.compare(a.name, b.name));
    return this.items([...folders.map((each) => () => this.folderItem(each, opensAll)), ...files.map(({ name, entry }) => () => this.file(name, entry))]);
  }

  /** A list whose items are made as they are wanted. */
  private items(make: readonly (() => HTMLElement)[]): HTMLUListElement {
    const list = element("ul", "archive-folder");
    const more = (from: number) => {
      list.append(...make.slice(from, from + DRAWN).map((one) => one()));
      const left = make.length - from - DRAWN;
      if (left <= 0) return;
      const item = element("li", "");
      item.append(button("tool", t("archive.showMore", { count: left }), () => (item.remove(), more(from + DRAWN))));
      list.append(item);
    };
    more(0);
    return list;
  }

  private folderItem(folder: Folder, isOpen: boolean): HTMLLIElement {
    const count = element("span", "archive-size", t("archive.files", { count: folder.count }));
    const summary = element("summary", "archive-row", element("span", "icon icon-folder"), element("bdi", "archive-name", folder.name), count);
    const details = element("details", "", summary);
    const fill = () => {
      if (details.open && details.childElementCount === 1) details.append(this.folder(folder, false));
    };
    details.addEventListener("toggle", fill);
    details.open = isOpen;
    fill();
    return element("li", "", details);
  }

  private file(name: string, entry: Entry): HTMLLIElement {
    const item = element("li", "");
    const label = element("bdi", "archive-name", entry.target === undefined ? name : `${name} → ${entry.target}`);
    const facts = [element("span", "archive-size", size(entry.size)), this.time(entry.time)];
    if (typeof entry.place === "string") {
      const reason = t(entry.place);
      const why = element("span", "archive-why", entry.method === undefined ? reason : `${reason} (${entry.method})`);
      item.append(element("div", "archive-row", element("span", "icon icon-unknown"), element("span", "archive-label", label, why), ...facts));
      return item;
    }
    const open = button("archive-open", "", () => this.toggle(item, open, entry));
    open.append(label);
    open.ariaExpanded = "false";
    item.append(element("div", "archive-row", element("span", "icon icon-unknown"), open, ...facts, this.saver(name, entry)));
    return item;
  }

  private time(time: number): HTMLElement {
    const made = element("time", "archive-time", Number.isNaN(time) ? "" : minute(time));
    if (!Number.isNaN(time)) made.dateTime = machine(time);
    return made;
  }

  private toggle(item: HTMLElement, open: HTMLButtonElement, entry: Entry): void {
    const shown = item.querySelector(":scope > .archive-opened");
    open.ariaExpanded = String(!shown);
    if (shown) {
      shown.remove();
      return;
    }
    const place = element("div", "archive-opened", element("p", "archive-note", t("archive.opening")));
    item.append(place);
    void this.show(place, entry);
  }

  private async show(place: HTMLElement, entry: Entry): Promise<void> {
    if (typeof entry.place === "string") return;
    try {
      const { bytes, isCut } = await readMember(entry.place, pictureType(entry.path) ? PICTURE_MAX : TEXT_MAX, this.read);
      const shown = await preview(entry.path, bytes, isCut);
      this.urls.add(shown.destroy);
      place.replaceChildren(shown.root);
    } catch (error) {
      place.replaceChildren(element("p", "archive-note", reasonOf(error)));
    }
  }

  private saver(name: string, entry: Entry): HTMLElement {
    const save = button("tool archive-save", t("archive.save"), (self) => {
      self.disabled = true;
      this.save(name, entry)
        .catch((error: unknown) => self.after(element("span", "archive-why", reasonOf(error))))
        .finally(() => (self.disabled = false));
    });
    save.ariaLabel = t("archive.saveName", { name });
    return save;
  }

  /** Unpacks it whole and hands it to the browser. What unpacks to more than it says is not what it says. */
  private async save(name: string, { place, size: expected }: Entry): Promise<void> {
    if (typeof place === "string") return;
    if (place.packed > PACKED_MAX || expected > PACKED_MAX) throw new ArchiveError("archive.tooLarge");
    const { bytes, isCut } = await readMember(place, expected, this.read);
    if (isCut || bytes.length !== expected) throw new ArchiveError("archive.lies");
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}

const reasonOf = (error: unknown): string => (error instanceof ArchiveError ? t(error.message) : error instanceof Error ? error.message : String(error));
