"""data/tides.csv, data/stations.json and data/samples.bin: four harbours of an invented coast."""

import csv
import json
from datetime import datetime, timedelta

import numpy as np

from look import SHARE

DATA = SHARE / "data"
PERIODS = {"M2": 12.4206, "S2": 12.0, "K1": 23.9345, "O1": 25.8193}  # hours
STATIONS = [
    {"id": "GUL", "name": "Gull Harbour, east pier", "latitude": 54.212, "longitude": -8.406, "mean_m": 2.31,
     "constituents": {"M2": [1.42, 20], "S2": [0.51, 61], "K1": [0.11, 130], "O1": [0.08, 15]}},
    {"id": "LAN", "name": "Lantern Rock", "latitude": 54.377, "longitude": -8.731, "mean_m": 2.04,
     "constituents": {"M2": [1.18, 5], "S2": [0.43, 44], "K1": [0.10, 121], "O1": [0.07, 9]}},
    {"id": "OTT", "name": "Otter Sound, inner buoy", "latitude": 54.098, "longitude": -8.155, "mean_m": 1.77,
     "constituents": {"M2": [0.96, 74], "S2": [0.30, 118], "K1": [0.09, 165], "O1": [0.06, 42]}},
    {"id": "SLK", "name": "The \"Slack\", north quay", "latitude": 54.455, "longitude": -8.019, "mean_m": 1.52,
     "constituents": {"M2": [0.64, 141], "S2": [0.19, 190], "K1": [0.08, 201], "O1": [0.05, 88]}},
]  # constituents: amplitude in metres, phase in degrees
NOTES = {7: "calm, clear", 31: "fog; gauge cleaned", 52: 'keeper wrote: "glassy, not a breath"', 80: "swell, long, from the west"}


def tides() -> None:
    random = np.random.default_rng(1)
    start = datetime(2025, 3, 20)
    with open(DATA / "tides.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["time", "id", "station", "height, m", "note"])
        for hour in range(96):
            for station in STATIONS:
                height = station["mean_m"] + random.normal(0, 0.015)
                for name, (amplitude, phase) in station["constituents"].items():
                    height += amplitude * np.cos(2 * np.pi * hour / PERIODS[name] - np.radians(phase))
                time = (start + timedelta(hours=hour)).isoformat(timespec="minutes") + "Z"
                note = NOTES.get(hour, "") if station["id"] == "GUL" else ""
                rows.writerow([time, station["id"], station["name"], f"{height:.3f}", note])


def stations() -> None:
    document = {"datum": "chart zero of an invented coast", "hours": PERIODS, "stations": STATIONS}
    text = json.dumps(document, indent=2, ensure_ascii=False)
    (DATA / "stations.json").write_text(text + "\n", encoding="utf-8")


def samples() -> None:
    """A plucked string: 1,024 samples at 8 kHz, 32-bit floats, little-endian."""
    t = np.arange(1024) / 8000
    string = sum(np.sin(2 * np.pi * 196 * n * t) * np.exp(-9 * n * t) / n**2 for n in range(1, 9))
    (DATA / "samples.bin").write_bytes((0.7 * string).astype("<f4").tobytes())


tides()
stations()
samples()
