// A reader's wheel, from the top of a page to its end: which tasks it causes.

/** Pixels for one turn of the wheel, about a third of what is seen; one each two frames. */
const STEP = 300;
const PAUSE_MS = 33;

/** Turns: enough for what a reader scrolls through in ten seconds. */
const TURNS = 300;

/** Scrolls down and returns the long tasks meanwhile, and the longest time between two frames. */
export async function scroll(page, slowed) {
  await page.evaluate(() => {
    const watched = { from: performance.now(), gaps: [], on: true };
    window.__scroll = watched;
    let last = performance.now();
    const frame = () => {
      const now = performance.now();
      watched.gaps.push(now - last);
      last = now;
      if (watched.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  for (let turn = 0; turn < TURNS; turn += 1) {
    const sent = slowed.call("Input.dispatchMouseEvent", { type: "mouseWheel", x: 600, y: 500, deltaX: 0, deltaY: STEP });
    await Promise.all([sent, new Promise((resolve) => setTimeout(resolve, PAUSE_MS))]);
  }
  return page.evaluate(() => {
    const { from, gaps } = window.__scroll;
    window.__scroll.on = false;
    const tasks = window.__bench.tasks.filter(([start]) => start >= from).map(([, duration]) => duration);
    return { longTasks: tasks.length, longest: Math.max(0, ...tasks), gap: Math.max(...gaps), pixels: Math.round(scrollY) };
  });
}
