// Where in a table of any length a scroll bar of limited length stands. Pure; the grid calls it.
//
// Browsers end an element at 17 to 33 million pixels, a million rows are 30 million. Past `SPACE_MAX` the bar therefore stands
// for a part of the table: small movements (the wheel, a finger, keys) move the rows as far as they say, large ones (the bar
// itself) in proportion, and the bar is put right when all is still.

const SPACE_MAX = 8_000_000;

export class Scrolling {
  /** Pixels of rows above the upper edge. */
  top = 0;
  private last = 0;
  private count = 0;
  private viewport = 1;

  constructor(readonly rowHeight: number) {}

  resize(count: number, viewport: number): void {
    this.count = count;
    this.viewport = Math.max(1, viewport);
    this.top = Math.min(this.top, this.furthest);
  }

  private get full(): number {
    return this.count * this.rowHeight;
  }

  private get furthest(): number {
    return Math.max(0, this.full - this.viewport);
  }

  /** How high the element that is scrolled over must be. */
  get space(): number {
    return Math.min(this.full, SPACE_MAX);
  }

  private get isScaled(): boolean {
    return this.full > SPACE_MAX;
  }

  private get scale(): number {
    return this.isScaled ? this.furthest / (SPACE_MAX - this.viewport) : 1;
  }

  /** The bar was moved to here. */
  moved(scrollTop: number): void {
    const step = scrollTop - this.last;
    const isSmall = this.isScaled && Math.abs(step) < 2 * this.viewport;
    this.top = Math.min(this.furthest, Math.max(0, isSmall ? this.top + step : scrollTop * this.scale));
    this.last = scrollTop;
  }

  /** Where the bar belongs; it must then be put there. */
  settle(): number {
    this.last = Math.min(this.top, this.furthest) / this.scale;
    return this.last;
  }

  /** The rows that are seen, with a few around them: the first, and the one after the last. */
  range(around: number): [number, number] {
    const first = Math.floor(this.top / this.rowHeight);
    const last = Math.ceil((this.top + this.viewport) / this.rowHeight);
    return [Math.max(0, first - around), Math.min(this.count, last + around)];
  }

  /** Moves as little as needed for the row to be seen; or to the middle. */
  reveal(row: number, isCentred: boolean): void {
    const above = row * this.rowHeight;
    if (isCentred) this.top = above - (this.viewport - this.rowHeight) / 2;
    else if (above < this.top) this.top = above;
    else if (above + this.rowHeight > this.top + this.viewport) this.top = above + this.rowHeight - this.viewport;
    this.top = Math.min(this.furthest, Math.max(0, this.top));
  }
}
