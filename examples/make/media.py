"""media/beats.wav and media/travelling-wave.webm (its captions, travelling-wave.vtt, are written by hand)."""

import subprocess
import wave

import matplotlib.pyplot as plt
import numpy as np

from look import CORAL, GREY, INK, SAND, SEA, SHARE, SUN

MEDIA = SHARE / "media"


def beats() -> None:
    """Six seconds of 440 Hz and 442 Hz together: two beats a second."""
    rate = 16_000
    t = np.arange(6 * rate) / rate
    sound = np.sin(2 * np.pi * 440 * t) + np.sin(2 * np.pi * 442 * t)
    fade = np.clip(np.minimum(t, t[-1] - t) / 0.08, 0, 1)
    samples = (0.42 * 32767 * sound * fade).astype("<i2")
    with wave.open(str(MEDIA / "beats.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def travelling_wave() -> None:
    """Ten seconds, 25 frames each, a key frame every second so that seeking is quick."""
    seconds, rate, period = 10, 25, 2.0
    x = np.linspace(0, 4, 500)
    figure = plt.figure(figsize=(6.4, 3.6), dpi=100, facecolor=SAND)
    axes = figure.add_axes((0.05, 0.12, 0.9, 0.72), facecolor=SAND)
    axes.set(xlim=(0, 4), ylim=(-2.3, 2.3), yticks=[], xticks=range(5))
    axes.set_xticklabels(["0", "λ", "2λ", "3λ", "4λ"])
    axes.spines["left"].set_visible(False)
    axes.axhline(0, color=GREY, linewidth=0.6)
    title = axes.set_title("", fontsize=13, color=INK)
    (right,) = axes.plot(x, 0 * x, color=SEA, linewidth=2.4)
    (left,) = axes.plot(x, 0 * x, color=SUN, linewidth=2.4)
    (total,) = axes.plot(x, 0 * x, color=INK, linewidth=3.2)
    (cork,) = axes.plot([1.25], [0], "o", color=CORAL, markersize=10, zorder=5)
    encoder = subprocess.Popen(
        "ffmpeg -v error -y -f rawvideo -pix_fmt rgba -s 640x360 -r 25 -i - -an -c:v libvpx-vp9 -pix_fmt yuv420p"
        " -crf 40 -b:v 0 -g 25 -cpu-used 3 -row-mt 1 -cues_to_front 1 -fflags +bitexact -map_metadata -1".split()
        + [str(MEDIA / "travelling-wave.webm")],
        stdin=subprocess.PIPE,
    )
    for frame in range(seconds * rate):
        t = frame / rate
        there = np.sin(2 * np.pi * (x - t / period))
        back = np.sin(2 * np.pi * (x + t / period))
        second = np.clip((t - 3) / 0.6, 0, 1)
        both = np.clip((t - 6) / 0.6, 0, 1)
        right.set_data(x, there)
        left.set_data(x, back)
        total.set_data(x, there + back)
        right.set_alpha(1 - 0.65 * both)
        left.set_alpha(second * (1 - 0.65 * both))
        total.set_alpha(both)
        lone, sum_ = np.sin(2 * np.pi * (1.25 - t / period)), 2 * np.cos(2 * np.pi * t / period)
        cork.set_data([1.25], [lone + both * (sum_ - lone)])
        cork.set_alpha(1 - second + both)
        title.set_text(
            "one wave, travelling to the right"
            if t < 3
            else "another comes back" if t < 6 else "their sum stands still and swings"
        )
        figure.canvas.draw()
        encoder.stdin.write(figure.canvas.buffer_rgba())
    encoder.stdin.close()
    if encoder.wait():
        raise SystemExit("ffmpeg failed")


beats()
travelling_wave()
