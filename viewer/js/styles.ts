// Loads a style sheet that only some pages need, once. The renderers call it; inline styles would break the page's CSP.

const loaded = new Map<string, Promise<void>>();

/** Resolves when the sheet applies; a sheet that cannot be had is no reason to show nothing. */
export function loadStyle(url: string): Promise<void> {
  const known = loaded.get(url);
  if (known) return known;
  const promise = new Promise<void>((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = url;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      loaded.delete(url);
      resolve();
    });
    document.head.append(link);
  });
  loaded.set(url, promise);
  return promise;
}
