// Whether a drawing's text names pictures outside of it, so that the others are never taken apart. Pure; `drawing.ts` calls it.

/** Whether some picture's address is neither in the drawing nor a part of it. */
export function linksIn(text: string): boolean {
  return /<(?:[\w-]+:)?(?:image|feImage)\b/i.test(text) && /\bhref\s*=\s*["']\s*(?!#|data:)\S/i.test(text);
}
