// Which rows of a long list are worth having in the page. Pure; called by `rows.ts`.

/** Rows are drawn by so many at once, so that most frames of a scroll draw none. */
const STEP = 25;

/** So many screens of rows are ready above and below. */
const AHEAD = 1;

/** The rows from `from` up to `to`. `above` is how much of the list has been scrolled past, in pixels; it may be negative. */
export function visible(above: number, screen: number, rowHeight: number, count: number): [from: number, to: number] {
  const within = (row: number) => Math.max(0, Math.min(count, row));
  const from = Math.floor((above - screen * AHEAD) / rowHeight / STEP) * STEP;
  const to = Math.ceil((above + screen * (1 + AHEAD)) / rowHeight / STEP) * STEP;
  return [within(from), within(to)];
}
