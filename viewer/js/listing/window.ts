// Which rows of a long list are worth having in the page. Pure; called by `rows.ts`.

/** Rows are drawn by so many at once: more make a frame too long on a slow machine, fewer too many frames that draw. */
const STEP = 8;

/** So many screens of rows are ready above and below. */
const AHEAD = 1;

/** The rows from `from` up to `to`. `above` is how much of the list has been scrolled past, in pixels; it may be negative. */
export function visible(above: number, screen: number, rowHeight: number, count: number): [from: number, to: number] {
  const within = (row: number) => Math.max(0, Math.min(count, row));
  const from = Math.floor((above - screen * AHEAD) / rowHeight / STEP) * STEP;
  const to = Math.ceil((above + screen * (1 + AHEAD)) / rowHeight / STEP) * STEP;
  return [within(from), within(to)];
}
