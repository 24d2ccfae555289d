"""images/interference.png and images/spectrum.jpg."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

from look import DEEP, FOAM, INK, SAND, SEA, SHARE, SUN

IMAGES = SHARE / "images"


def interference() -> None:
    """The water of a tank with two dippers, seen from above: u = sum of cos(k r - phase) / sqrt(r)."""
    width, height, scale = 1280, 720, 2
    x = np.linspace(-8, 8, width * scale)[None, :]
    y = np.linspace(-4.5, 4.5, height * scale)[:, None]
    k = 2 * np.pi / 0.62
    u = np.zeros((height * scale, width * scale))
    for source in (-1.55, 1.55):
        r = np.hypot(x - source, y + 2.9)
        u += np.cos(k * r - 0.6) / np.sqrt(r + 0.35)
    shade = np.tanh(1.15 * u) / 2 + 0.5
    water = LinearSegmentedColormap.from_list("water", [INK, DEEP, SEA, FOAM, SAND])
    image = Image.fromarray((water(shade)[..., :3] * 255).astype(np.uint8))
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    image = image.quantize(72, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    image.save(IMAGES / "interference.png", optimize=True)


def colour(nm: np.ndarray) -> np.ndarray:
    """About the colour that light of this wavelength has on a screen."""

    def lobe(peak: float, left: float, right: float, height: float = 1.0) -> np.ndarray:
        return height * np.exp(-0.5 * ((nm - peak) / np.where(nm < peak, left, right)) ** 2)

    red = lobe(612, 32, 48) + lobe(425, 18, 24, 0.32)
    green = lobe(538, 34, 36, 0.94)
    blue = lobe(452, 26, 28, 1.05)
    return np.clip(np.stack([red, green, blue], axis=-1), 0, 1) ** (1 / 1.9)


def spectrum() -> None:
    """The visible spectrum with the Balmer lines of hydrogen taken out of it."""
    nm = np.linspace(385, 715, 2400)
    band = colour(nm)
    lines = {410.2: "Hδ", 434.0: "Hγ", 486.1: "Hβ", 656.3: "Hα"}
    for line in lines:
        band *= (1 - 0.94 * np.exp(-0.5 * ((nm - line) / 0.55) ** 2))[:, None]
    figure = plt.figure(figsize=(12, 3.6), facecolor=INK)
    axes = figure.add_axes((0.03, 0.26, 0.94, 0.56))
    axes.imshow(band[None, :, :], extent=(nm[0], nm[-1], 0, 1), aspect="auto", interpolation="bilinear")
    for line, name in lines.items():
        axes.annotate(name, (line, 1.0), (0, 7), textcoords="offset points", ha="center", color=SUN, fontsize=13)
    axes.set_yticks([])
    axes.set_xticks(range(400, 701, 50))
    axes.tick_params(colors=FOAM, labelsize=12, length=5)
    axes.set_xlabel("wavelength in nanometres", color=FOAM, fontsize=12)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.savefig(IMAGES / "spectrum.jpg", dpi=120, pil_kwargs={"quality": 88, "optimize": True})


interference()
spectrum()
