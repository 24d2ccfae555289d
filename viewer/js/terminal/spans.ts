// Spans of terminal text as elements: text goes in as text, colours as the classes that `notebook.css` paints, links as links to other
// sites. The pages of notebooks and of logs call it.

import { element } from "../elements";
import { type Span, lookOf } from "./style";

export function spanNode({ text, style }: Span): Node | string {
  const { classes, properties } = lookOf(style);
  if (classes === "" && style.link === undefined) return text;
  const place = style.link === undefined ? element("span", classes, text) : linkTo(style.link, classes, text);
  for (const [name, value] of properties) place.style.setProperty(name, value);
  return place;
}

function linkTo(address: string, classes: string, text: string): HTMLElement {
  const link = element("a", classes, text);
  link.href = address;
  link.title = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow ugc";
  return link;
}
