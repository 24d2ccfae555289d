"""notebooks/waves.ipynb, really executed, and notebooks/old-format.ipynb, in the format of 2012 (nbformat 3)."""

import base64
import io
import json
from textwrap import dedent

import matplotlib.pyplot as plt
import nbformat
import numpy as np
from nbclient import NotebookClient

from look import CORAL, GREY, INK, SAND, SEA, SHARE

NOTEBOOKS = SHARE / "notebooks"


def png(figure: plt.Figure, dpi: int = 90) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=dpi, metadata={"Software": None})
    plt.close(figure)
    return base64.b64encode(buffer.getvalue()).decode()


def sketch() -> str:
    """A wave with its wavelength and its amplitude marked: the picture attached to the first cell."""
    x = np.linspace(0, 2.5, 400)
    figure, axes = plt.subplots(figsize=(6, 2.1), facecolor=SAND)
    axes.set_facecolor(SAND)
    axes.plot(x, np.cos(2 * np.pi * x), color=SEA, linewidth=2.6)
    axes.axhline(0, color=GREY, linewidth=0.7)
    arrow = {"arrowstyle": "<->", "color": CORAL, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (0, 1.25), (1, 1.25), arrowprops=arrow)
    axes.annotate("", (1.5, 0), (1.5, -1), arrowprops=arrow)
    axes.text(0.5, 1.36, "wavelength λ", ha="center", color=INK)
    axes.text(1.5, 0.12, "amplitude A", color=INK, ha="center")
    axes.set(ylim=(-1.15, 1.7), xlim=(0, 2.5))
    axes.set_axis_off()
    axes.set_position((0.02, 0.02, 0.96, 0.96))
    return png(figure)


SETUP = f"""
    import sys
    import time

    import matplotlib as mpl
    import matplotlib.pyplot as plt
    import numpy as np
    import pandas as pd
    from IPython.display import HTML, Markdown, Math, display

    SEA, CORAL, SUN, INK, GREY = "#1f8a9e", "#e0533d", "#f2a541", "#12233a", "#7d8a97"
    mpl.rcParams.update({{
        "axes.prop_cycle": mpl.cycler(color=[SEA, CORAL, SUN, INK]),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "figure.facecolor": "white",
        "svg.fonttype": "none",
        "svg.hashsalt": "waves",
    }})
    print(f"numpy {{np.__version__}}, pandas {{pd.__version__}}, matplotlib {{mpl.__version__}}")
"""

CELLS = [
    ("markdown", r"""
        # Waves

        A wave is a shape that moves. If the shape is $f$ and it moves to the right at speed $c$, then what we see at
        place $x$ and time $t$ is $u(x, t) = f(x - ct)$. The simplest shape of all is a cosine:

        $$u(x, t) = A \cos(kx - \omega t), \qquad k = \frac{2\pi}{\lambda}, \quad \omega = 2\pi f, \quad c = \frac{\omega}{k}.$$

        ![A cosine with its wavelength and its amplitude](attachment:sketch.png)

        This notebook was run from top to bottom before it was published. What you see below each cell is what it
        answered then; nothing runs while you read, except where a cell brought a little program of its own.

        1. [Adding two waves](#Adding-two-waves)
        2. [Deep water sorts waves by length](#Deep-water-sorts-waves-by-length)
        3. [The tide in numbers](#The-tide-in-numbers)
        4. [A string to pluck](#A-string-to-pluck)
        5. [What goes wrong](#What-goes-wrong)
    """),
    ("code", SETUP),
    ("markdown", r"""
        ## Adding two waves

        Two sounds of nearly the same pitch make one sound that swells and fades. The sum of two cosines is a product:

        \begin{align}
        \cos \alpha + \cos \beta &= 2 \cos\!\left(\frac{\alpha + \beta}{2}\right) \cos\!\left(\frac{\alpha - \beta}{2}\right) \\
        \text{so } \cos 2\pi f_1 t + \cos 2\pi f_2 t &= 2 \cos(2\pi \bar f t)\,\cos(\pi\,\Delta f\,t).
        \end{align}

        The second factor is slow: it is the swelling. You can [listen to it](../media/beats.wav).
    """),
    ("code", """
        t = np.linspace(0, 2, 4000)
        f1, f2 = 20, 22
        both = np.cos(2 * np.pi * f1 * t) + np.cos(2 * np.pi * f2 * t)
        envelope = 2 * np.abs(np.cos(np.pi * (f2 - f1) * t))

        figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
        axes.plot(t, both, linewidth=1)
        axes.plot(t, envelope, t, -envelope, color=CORAL, linewidth=1.6)
        axes.set(xlim=(0, 2), xlabel="seconds", title=f"{f1} Hz and {f2} Hz together beat {f2 - f1} times a second")
        plt.show()
    """),
    ("markdown", r"""
        ## Deep water sorts waves by length

        Over deep water long waves run faster than short ones, because $\omega^2 = gk$. Over shallow water of depth $h$
        they all run at $\sqrt{gh}$. In between the two:
    """),
    ("code", r"""
        Math(r"\omega^2 = g k \tanh(k h), \qquad c = \sqrt{\frac{g}{k} \tanh(k h)} \;\longrightarrow\; "
             r"\begin{cases} \sqrt{g/k} & kh \gg 1 \\ \sqrt{g h} & kh \ll 1 \end{cases}")
    """),
    ("code", """
        %config InlineBackend.figure_formats = ["svg"]
        %config InlineBackend.print_figure_kwargs = {"metadata": {"Date": None, "Creator": None}}

        g = 9.81
        wavelength = np.geomspace(1, 1000, 60)
        k = 2 * np.pi / wavelength

        figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
        for depth in (2, 10, 50):
            axes.loglog(wavelength, np.sqrt(g / k * np.tanh(k * depth)), label=f"{depth} m deep", linewidth=2)
        axes.loglog(wavelength, np.sqrt(g / k), "--", color=GREY, linewidth=1, label="deep water")
        axes.set(xlabel="wavelength in metres", ylabel="speed in m/s", title="Long waves run ahead, until they feel the ground")
        axes.set(xticks=[1, 10, 100, 1000], yticks=[2, 5, 10, 20, 40])
        axes.minorticks_off()
        axes.xaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.legend(frameon=False)
        plt.show()
    """),
    ("markdown", """
        ## The tide in numbers

        The tide is a wave half as long as the ocean. [`tides.csv`](../data/tides.csv) has four days of it, measured
        every hour on an invented coast.
    """),
    ("code", """
        tides = pd.read_csv("../data/tides.csv", parse_dates=["time"])
        summary = (
            tides.groupby("station")["height, m"]
            .agg(lowest="min", mean="mean", highest="max")
            .assign(range=lambda table: table.highest - table.lowest)
            .sort_values("range", ascending=False)
        )
        summary.round(2)
    """),
    ("code", """
        hours = (tides.time - tides.time.min()).dt.total_seconds() / 3600
        gull = tides[tides.id == "GUL"]
        h, y = hours[gull.index].to_numpy(), gull["height, m"].to_numpy()

        periods = {"M2": 12.4206, "S2": 12.0, "K1": 23.9345, "O1": 25.8193}
        columns = [np.ones_like(h)] + [f(2 * np.pi * h / p) for p in periods.values() for f in (np.cos, np.sin)]
        fit, *_ = np.linalg.lstsq(np.column_stack(columns), y, rcond=None)

        lines = ["**Gull Harbour**, taken apart into four cosines:", "", "| constituent | period | amplitude |", "|---|--:|--:|"]
        for (name, period), (a, b) in zip(periods.items(), fit[1:].reshape(-1, 2)):
            lines.append(f"| {name} | {period:.2f} h | {np.hypot(a, b):.2f} m |")
        display(Markdown("\\n".join(lines)))
    """),
    ("markdown", r"""
        ## A string to pluck

        A string that is held at both ends can only swing in waves that fit: $\lambda_n = 2L/n$. Long computations
        like to say how far they are. This one rewrites the same line again and again, so only its last state is left.
    """),
    ("code", """
        # Leapfrog in time, centred in space: u_tt = c^2 u_xx, plucked at one fifth of its length.
        n, steps = 200, 400
        x = np.linspace(0, 1, n + 1)
        now = np.where(x < 0.2, x / 0.2, (1 - x) / 0.8)
        before, shapes = now.copy(), []
        for step in range(steps + 1):
            if step % 50 == 0:
                shapes.append(now.copy())
                done = step / steps
                print(f"\\r{'█' * int(30 * done):<30} {done:4.0%}  {step:3d} of {steps} steps", end="", flush=True)
                time.sleep(0.05)
            ahead = np.zeros_like(now)
            if step == 0:
                ahead[1:-1] = now[1:-1] + (now[2:] - 2 * now[1:-1] + now[:-2]) / 2
            else:
                ahead[1:-1] = 2 * now[1:-1] - before[1:-1] + (now[2:] - 2 * now[1:-1] + now[:-2])
            before, now = now, ahead
        print("\\nback where it began, to", f"{np.abs(shapes[-1] - shapes[0]).max():.0e}")
    """),
    ("markdown", """
        The next output is a small page of its own: its script draws on a canvas, with no help from any network.
        Move the pointer, or a finger, over the string to choose where it is plucked.
    """),
    ("code", '''
        HTML("""
        <div style="font: 14px system-ui, sans-serif; color: #12233a; max-width: 720px">
          <canvas id="waves-string" width="1440" height="440" style="width: 100%; background: #fbf7ee; border-radius: 8px; touch-action: pan-y"></canvas>
          <p id="waves-string-says" style="margin: 6px 2px">a plucked string</p>
        </div>
        <script>
        (() => {
          const canvas = document.getElementById("waves-string"), says = document.getElementById("waves-string-says");
          const pen = canvas.getContext("2d"), W = canvas.width, H = canvas.height, N = 40;
          let at = 0.2, since = performance.now();
          const pluck = (where) => {
            at = Math.min(0.95, Math.max(0.05, where));
            since = performance.now();
            says.textContent = `plucked at ${Math.round(100 * at)} % of its length`;
          };
          const height = (x, t) => {
            let u = 0;
            for (let n = 1; n <= N; n++) {
              const a = (2 * Math.sin(n * Math.PI * at)) / (n * n * Math.PI * Math.PI * at * (1 - at));
              u += a * Math.sin(n * Math.PI * x) * Math.cos(n * t) * Math.exp(-0.012 * n * t);
            }
            return u;
          };
          const draw = (clock) => {
            const t = (clock - since) / 260;
            pen.clearRect(0, 0, W, H);
            pen.lineJoin = "round";
            for (const [lag, colour, width] of [[0.5, "#bfe3e0", 4], [0.25, "#7cc0c4", 4], [0, "#1f8a9e", 7]]) {
              pen.beginPath();
              for (let i = 0; i <= 240; i++) pen.lineTo(40 + ((W - 80) * i) / 240, H / 2 - 0.4 * H * height(i / 240, Math.max(0, t - lag)));
              pen.strokeStyle = colour;
              pen.lineWidth = width;
              pen.stroke();
            }
            pen.fillStyle = "#12233a";
            for (const x of [40, W - 40]) { pen.beginPath(); pen.arc(x, H / 2, 11, 0, 7); pen.fill(); }
            requestAnimationFrame(draw);
          };
          canvas.addEventListener("pointermove", (event) => pluck(event.offsetX / canvas.clientWidth));
          pluck(at);
          requestAnimationFrame(draw);
        })();
        </script>
        """)
    '''),
    ("markdown", r"""
        ## What goes wrong

        Information must not travel more than one cell of the grid in one step: $c\,\Delta t \le \Delta x$. Here the
        step is too long. The warning goes to the error stream, in colour, and then the check refuses.
    """),
    ("code", r"""
        def check(speed, dt, dx):
            courant = speed * dt / dx
            if courant > 0.9:
                print(f"\x1b[1;33mwarning:\x1b[0m Courant number \x1b[31m{courant:.2f}\x1b[0m, limit \x1b[32m1.00\x1b[0m", file=sys.stderr)
            if courant > 1:
                raise ValueError(f"unstable: the step should be at most {dx / speed:g} s")
            return courant

        print("first string: ", check(speed=200, dt=1e-5, dx=0.005))
        print("second string:", check(speed=440, dt=2e-5, dx=0.005))
    """),
    ("markdown", """
        That error is on purpose: a share shows work as it is. Read on in [the paper](../paper/standing-waves.pdf), or
        go back to [the beginning of the tour](../README.md).
    """),
]


def joined(outputs: list) -> list:
    """One output for each run of text on the same stream, its carriage returns kept."""
    kept = []
    for output in outputs:
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def modern() -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "title": "Waves",
    }
    for index, (kind, text) in enumerate(CELLS):
        new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        notebook.cells.append(new(dedent(text).strip(), id=f"waves-{index:02}"))
    notebook.cells[0].attachments = {"sketch.png": {"image/png": sketch()}}
    client = NotebookClient(
        notebook, timeout=120, allow_errors=True, record_timing=False, resources={"metadata": {"path": str(NOTEBOOKS)}}
    )
    client.execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    nbformat.validate(notebook)
    nbformat.write(notebook, NOTEBOOKS / "waves.ipynb")


def ancient() -> None:
    """Format 3: worksheets, heading cells, `input`, `pyout`, and outputs keyed by `png` and `text`."""
    x = np.linspace(0, 1, 300)
    figure, axes = plt.subplots(figsize=(6, 2.6))
    for n in (1, 2, 3):
        axes.plot(x, np.sin(n * np.pi * x) - 2.4 * (n - 1))
        axes.text(1.02, -2.4 * (n - 1), f"n = {n}", va="center", color=INK)
    axes.set_axis_off()
    axes.set_position((0.02, 0.03, 0.86, 0.94))

    def lines(text: str) -> list[str]:
        return dedent(text).strip().splitlines(keepends=True)

    def code(number: int, source: str, *outputs: dict) -> dict:
        return {"cell_type": "code", "collapsed": False, "input": lines(source), "language": "python",
                "metadata": {}, "outputs": list(outputs), "prompt_number": number}

    def markdown(source: str) -> dict:
        return {"cell_type": "markdown", "metadata": {}, "source": lines(source)}

    def heading(level: int, text: str) -> dict:
        return {"cell_type": "heading", "level": level, "metadata": {}, "source": [text]}

    cells = [
        heading(1, "Modes of a string"),
        markdown(r"""
            This notebook is in the format that IPython wrote in 2012: it has worksheets, heading cells and prompts
            instead of execution counts. Old work deserves readers too.

            A string of length $L$ that is held at both ends swings with the frequencies $f_n = n c / 2L$.
        """),
        heading(2, "Frequencies"),
        code(1, """
            c, L = 262.0, 0.655
            for n in range(1, 5):
                print "mode %d: %6.1f Hz" % (n, n * c / (2 * L))
            """,
            {"output_type": "stream", "stream": "stdout", "text": [f"mode {n}: {n * 200:6.1f} Hz\n" for n in range(1, 5)]},
        ),
        code(2, "[n * c / (2 * L) for n in range(1, 5)]",
             {"output_type": "pyout", "prompt_number": 2, "metadata": {},
              "text": ["[200.0, 400.0, 600.0, 800.0]"]}),
        heading(2, "Shapes"),
        code(3, """
            for n in 1, 2, 3:
                plot(x, sin(n * pi * x) - 2.4 * (n - 1))
            axis("off")
            """,
            {"output_type": "display_data", "metadata": {}, "png": png(figure),
             "text": ["<matplotlib.figure.Figure at 0x3a5f2d0>"]},
        ),
        heading(2, "A law"),
        code(4, "Latex(r'$$f_n = \\frac{n}{2L} \\sqrt{\\frac{T}{\\mu}}$$')",
             {"output_type": "pyout", "prompt_number": 4, "metadata": {},
              "latex": [r"$$f_n = \frac{n}{2L} \sqrt{\frac{T}{\mu}}$$"], "text": ["<IPython.core.display.Latex at 0x3b0c690>"]}),
        code(5, "1 / 0",
             {"output_type": "pyerr", "ename": "ZeroDivisionError", "evalue": "integer division or modulo by zero",
              "traceback": [
                  "\x1b[0;31m---------------------------------------------------------------------------\x1b[0m\n"
                  "\x1b[0;31mZeroDivisionError\x1b[0m                         Traceback (most recent call last)",
                  "\x1b[0;32m<ipython-input-5-05c9758a9c21>\x1b[0m in \x1b[0;36m<module>\x1b[0;34m()\x1b[0m\n"
                  "\x1b[0;32m----> 1\x1b[0;31m \x1b[0;36m1\x1b[0m \x1b[0;34m/\x1b[0m \x1b[0;36m0\x1b[0m\x1b[0m",
                  "\x1b[0;31mZeroDivisionError\x1b[0m: integer division or modulo by zero"]}),
        {"cell_type": "raw", "metadata": {}, "source": ["Raw cells are shown as they are."]},
    ]
    notebook = {
        "metadata": {"name": "old-format"}, "nbformat": 3, "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False)
    nbformat.validate(json.loads(text), version=3)
    (NOTEBOOKS / "old-format.ipynb").write_text(text + "\n", encoding="utf-8")


modern()
ancient()
