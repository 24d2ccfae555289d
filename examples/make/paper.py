"""paper/standing-waves.pdf: paper.html with its formulas set by KaTeX and its figures drawn here, printed by Chromium."""

import html
import io
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from look import CORAL, GREY, INK, SEA, SHARE, SUN

HERE = Path(__file__).resolve().parent
KATEX = HERE.parents[1] / "node_modules/katex/dist"
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
TO_HTML = """
const katex = require(process.argv[1]);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(formulas.map(([text, displayMode]) => katex.renderToString(text, { displayMode, output: "html" }))));
"""


def svg(figure: plt.Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return buffer.getvalue()[buffer.getvalue().index("<svg") :]


def figure_sum() -> str:
    x = np.linspace(0, 2, 300)
    figure, panels = plt.subplots(1, 4, figsize=(7.2, 1.7), sharey=True, layout="constrained")
    for moment, axes in enumerate(panels):
        phase = np.pi * moment / 6
        there, back = -np.cos(2 * np.pi * x - phase), np.cos(2 * np.pi * x + phase)
        axes.plot(x, there, color=SEA, linewidth=1)
        axes.plot(x, back, color=SUN, linewidth=1)
        axes.plot(x, there + back, color=INK, linewidth=1.8)
        for node in np.arange(0, 2.1, 0.5):
            axes.axvline(node, color=GREY, linewidth=0.6, linestyle=":")
        axes.set(ylim=(-2.2, 2.2), xticks=[], yticks=[])
        name = ("t = 0", "t = 1/12 period", "t = 1/6 period", "t = 1/4 period")[moment]
        axes.set_title(name, fontsize=8, fontweight="normal")
        axes.spines[["left", "bottom"]].set_visible(False)
    return svg(figure)


def figure_pluck() -> str:
    n = np.arange(1, 13)
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 2.0), sharey=True, layout="constrained")
    for axes, where, colour in zip(panels, (1 / 2, 1 / 9), (SEA, CORAL)):
        energy = (np.sin(n * np.pi * where) / n) ** 2
        axes.bar(n, energy / energy.sum(), color=colour, width=0.7)
        axes.set(xticks=n, xlabel="mode n")
    panels[0].set_ylabel("share of the energy")
    return svg(figure)


def paper() -> None:
    text = (HERE / "paper.html").read_text(encoding="utf-8")
    formula = re.compile(r"\\\[(.+?)\\\]|\\\((.+?)\\\)", re.S)
    found = [(m[1] or m[2], m[1] is not None) for m in formula.finditer(text)]
    ran = subprocess.run(
        ["node", "-e", TO_HTML, str(KATEX / "katex.js")],
        input=json.dumps([(html.unescape(tex), display) for tex, display in found]), capture_output=True, text=True, check=True,
    )
    rendered, number = iter(json.loads(ran.stdout)), 0

    def replace(match: re.Match) -> str:
        nonlocal number
        if match[1] is None:
            return next(rendered)
        number += 1
        return f'<div class="equation">{next(rendered)}<span>({number})</span></div>'

    text = formula.sub(replace, text).replace("{{katex}}", KATEX.as_uri())
    text = text.replace("{{figure:sum}}", figure_sum()).replace("{{figure:pluck}}", figure_pluck())
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "standing-waves.html")
        page.write_text(text, encoding="utf-8")
        subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder}/profile",
             "--no-pdf-header-footer", "--generate-pdf-document-outline",
             f"--print-to-pdf={SHARE / 'paper/standing-waves.pdf'}", page.as_uri()],
            check=True, stderr=subprocess.DEVNULL,
        )


paper()
