"""What the scripts share: where the welcome share is, its colours, and how its plots look."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

SHARE = Path(__file__).resolve().parent.parent / "welcome"

INK, DEEP, SEA, FOAM = "#12233a", "#14506b", "#1f8a9e", "#bfe3e0"
SAND, SUN, CORAL, GREY = "#fbf7ee", "#f2a541", "#e0533d", "#7d8a97"

matplotlib.rcParams.update({
    "figure.facecolor": "white",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.prop_cycle": matplotlib.cycler(color=[SEA, CORAL, SUN, DEEP]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.hashsalt": "waves",
    "xtick.color": GREY,
    "ytick.color": GREY,
})
