// The page that marked and highlight.js make of a Markdown file, as their own read-me files show it. Nothing is sanitised and no
// formula typeset: it does less than ours, which is to its advantage here.

(async () => {
  const host = document.getElementById("text");
  const text = await (await fetch(host.dataset.src)).text();
  host.innerHTML = marked.parse(text);
  requestAnimationFrame(() => setTimeout(() => hljs.highlightAll()));
})();
