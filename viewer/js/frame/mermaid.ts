// Diagrams, in the frame's page. The small library draws what most diagrams are; the whole one, twice as large, comes for the kinds
// and the formulas that the small one lacks, so that nothing is called a mistake which is only not at hand.

import { needsWhole } from "./diagrams";
import { placeholder, reason, say } from "./say";
import { load } from "./scripts";

interface Mermaid {
  initialize(options: unknown): void;
  render(id: string, source: string): Promise<{ svg: string }>;
}

/** What the small library says of what it has not. */
const NOT_AT_HAND = /No diagram type detected|not supported in @mermaid-js\/tiny|UnknownDiagramError/i;

async function draw(source: string, dark: boolean): Promise<Element | null> {
  const { mermaid: library } = globalThis as unknown as { mermaid: Mermaid };
  library.initialize({ startOnLoad: false, securityLevel: "strict", theme: dark ? "dark" : "default", suppressErrorRendering: true, fontFamily: "system-ui, sans-serif", legacyMathML: true });
  const { svg } = await library.render("diagram", source);
  return new DOMParser().parseFromString(svg, "text/html").body.firstElementChild;
}

export async function mermaid(output: HTMLElement, source: string, dark: boolean): Promise<void> {
  const whole = needsWhole(source);
  if (!(await load(output, [whole ? "mermaidWhole" : "mermaid"]))) return;
  try {
    const drawing = await draw(source, dark).catch(async (error: unknown) => {
      if (whole || !NOT_AT_HAND.test(String(error))) throw error;
      if (!(await load(output, ["mermaidWhole"]))) return null;
      return draw(source, dark);
    });
    if (!drawing) return;
    output.append(drawing);
    output.classList.add("diagram");
  } catch (error) {
    const code = document.createElement("pre");
    code.textContent = source;
    output.append(placeholder(say("mermaid", { reason: reason(error).split("\n").slice(0, 4).join(" ") })), code);
  }
}
