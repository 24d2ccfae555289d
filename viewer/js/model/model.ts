// A body that can be turned: STL, OBJ, glTF and GLB with three.js. Mouse, touch and keys turn it; it is drawn only when
// something changes. Where there is no WebGL, that is said.

import { button, element } from "../elements";
import type { FileInput, Mounted } from "../file";
import { loadStyle } from "../styles";
import { number, t } from "../text";
import { type Body, bodyOf } from "./bodies";
import { type Measures, NoWebgl, Stage } from "./stage";

export async function model(host: HTMLElement, input: FileInput, signal: AbortSignal): Promise<Mounted> {
  const [body] = await Promise.all([bodyOf(input, signal), loadStyle(ASSETS.styles["model"] ?? "")]);
  if (signal.aborted) return { destroy() {} };
  const canvas = element("canvas", "model-canvas");
  let stage: Stage;
  try {
    stage = new Stage(canvas, body.object, body.isPainted);
  } catch (error) {
    if (!(error instanceof NoWebgl)) throw error;
    // No fault of the file or of ours: the browser cannot, and a download is at the head of the page.
    console.warn("The body cannot be drawn", error);
    host.replaceChildren(element("div", "part-problem", element("p", "", element("strong", "", t("model.noWebgl"))), facts(Stage.measure(body.object))));
    return { destroy() {} };
  }
  canvas.tabIndex = 0;
  canvas.role = "application";
  canvas.ariaLabel = t("model.label", { name: input.name });
  host.replaceChildren(tools(stage, host), element("div", "model-stage", canvas), element("p", "model-help", t("model.help")), ...missing(body));
  stage.start();
  return { destroy: () => stage.stop() };
}

function missing({ missing }: Body): Node[] {
  return missing.length === 0 ? [] : [element("p", "model-missing", t("model.missing", { names: missing.slice(0, 10).join(", "), count: missing.length }))];
}

/** A number with four digits that matter. */
const short = (value: number) => number(Number(value.toPrecision(4)));

function facts({ size, triangles, lines, points }: Measures): HTMLElement {
  const counts = [
    ...(triangles > 0 || lines + points === 0 ? [t("model.triangles", { count: triangles })] : []),
    ...(lines > 0 ? [t("model.lines", { number: number(lines) })] : []),
    ...(points > 0 ? [t("model.points", { number: number(points) })] : []),
  ];
  return element("p", "model-facts", [size.map(short).join(" × "), ...counts].join(" · "));
}

function tools(stage: Stage, host: HTMLElement): HTMLElement {
  const toggle = (key: string, change: (on: boolean) => void) => {
    const made = button("tool", t(key), (self) => {
      const isOn = self.ariaPressed !== "true";
      self.ariaPressed = String(isOn);
      change(isOn);
    });
    made.ariaPressed = "false";
    return made;
  };
  return element(
    "div",
    "tools model-tools",
    toggle("model.wireframe", (on) => stage.showWires(on)),
    toggle("model.axes", (on) => stage.showAxes(on)),
    button("tool", t("model.reset"), () => stage.reset()),
    button("tool", t("model.full"), () => void host.querySelector(".model-stage")?.requestFullscreen?.().catch(() => {})),
    facts(stage.measured),
  );
}
