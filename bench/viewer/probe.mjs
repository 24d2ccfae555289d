// What runs in every page that is measured, before its own scripts: it notes when what was agreed on is painted, and when the
// page has come to rest. It is the same for all contenders.

/** Runs in the page; `wanted.first` is the agreed text, `wanted.ink` asks for a drawn page instead. */
export function probe(wanted) {
  if (window !== window.top || window.__bench) return;
  const state = { first: undefined, text: undefined, changed: 0, tasks: [], paint: undefined, shift: 0 };
  window.__bench = state;
  let candidate;

  /** Data that a page brings along is not what a reader sees. */
  const shows = (text) => text.data.includes(wanted.first) && !/^(SCRIPT|STYLE|TITLE|NOSCRIPT)$/.test(text.parentElement?.tagName);

  /** The text node with the agreed text in what was added; whole words in one node, whoever draws it. */
  function textIn(node) {
    if (node.nodeType === Node.TEXT_NODE) return shows(node) ? node : undefined;
    if (!node.textContent?.includes(wanted.first)) return undefined;
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (shows(walker.currentNode)) return walker.currentNode;
    return undefined;
  }

  function isSeen(node) {
    if (!node?.isConnected || !node.parentElement?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    return box.width > 0 && box.top < innerHeight && box.bottom > 0;
  }

  const small = wanted.ink ? new OffscreenCanvas(24, 24).getContext("2d", { willReadFrequently: true }) : undefined;

  /** Whether a page of the document is drawn: there is something dark on a canvas that can be seen. */
  function inked() {
    for (const canvas of document.querySelectorAll("canvas")) {
      if (canvas.width < 100 || !canvas.checkVisibility({ visibilityProperty: true })) continue;
      const box = canvas.getBoundingClientRect();
      if (box.width < 100 || box.top > innerHeight || box.bottom < 0) continue;
      small.clearRect(0, 0, 24, 24);
      small.drawImage(canvas, 0, 0, 24, 24);
      const { data } = small.getImageData(0, 0, 24, 24);
      for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 200 && data[at] < 250) return true;
    }
    return false;
  }

  /** Called in a frame: what is seen in it is painted at its end, when the message arrives. */
  function painted(name) {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => (state[name] ??= performance.now());
    channel.port2.postMessage(undefined);
    return true;
  }

  let [textDone, inkDone] = [false, !wanted.ink];
  function frame() {
    if (!textDone && isSeen(candidate)) textDone = painted(wanted.ink ? "text" : "first");
    if (!inkDone && inked()) inkDone = painted("first");
    if (!textDone || !inkDone) requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);

  const watch = { childList: true, characterData: true, subtree: true };
  new MutationObserver((records) => {
    state.changed = performance.now();
    if (textDone || candidate?.isConnected) return;
    for (const record of records) {
      const nodes = record.type === "characterData" ? [record.target] : record.addedNodes;
      for (const node of nodes) if ((candidate = textIn(node))) return;
    }
  }).observe(document, watch);
  // Pictures that come later change what is seen, too.
  const picture = ({ target }) => target instanceof HTMLImageElement && (state.changed = performance.now());
  document.addEventListener("load", picture, true);
  addEventListener("load", () => (state.changed = performance.now()));
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) state.tasks.push([startTime, duration]);
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") state.paint = startTime;
  }).observe({ type: "paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) state.shift += value;
  }).observe({ type: "layout-shift", buffered: true });
}
