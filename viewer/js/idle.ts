// Work for the browser's idle moments, in browsers that have none to give (Safari), too. Called by the first script and by the
// colours of notebooks.

/** Runs `work` when the browser has nothing better to do, at the latest after `patience` milliseconds. */
export function whenIdle(work: () => void, patience: number): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(work, { timeout: patience });
  // About a frame: the task that is under way comes to its end, and what it changed is drawn.
  else setTimeout(work, 16);
}
