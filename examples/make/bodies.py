"""data/coast.geojson, data/buoys.parquet, data/gauges.zip, models/*: the invented coast as a map, a table of columns, an
archive, and three bodies."""

import json
import math
import struct
import zipfile
from datetime import datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from look import SHARE

DATA = SHARE / "data"
MODELS = SHARE / "models"
STATIONS = json.loads((DATA / "stations.json").read_text(encoding="utf-8"))["stations"]


def coast() -> None:
    """The four harbours, the ferry between them, and the sound that they lie on."""
    points = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [s["longitude"], s["latitude"]]},
         "properties": {"name": s["name"], "id": s["id"], "mean, m": s["mean_m"], "marker-color": "#a4490b"}}
        for s in STATIONS
    ]
    ferry = {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[s["longitude"], s["latitude"]] for s in STATIONS]},
             "properties": {"name": "Ferry, summer only", "crossings a day": 4, "stroke": "#8a2be2"}}
    ring = [[round(-8.36 + 0.52 * math.cos(a) * (1 + 0.13 * math.sin(3 * a)), 4), round(54.28 + 0.3 * math.sin(a) * (1 + 0.1 * math.cos(5 * a)), 4)]
            for a in np.linspace(0, 2 * math.pi, 72, endpoint=False)]
    sound = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
             "properties": {"name": "Otter Sound", "depth": {"mean_m": 31, "deepest_m": 64}}}
    document = {"type": "FeatureCollection", "features": [sound, ferry, *points]}
    (DATA / "coast.geojson").write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")


def buoys() -> None:
    random = np.random.default_rng(2)
    count = 2_400
    start = datetime(2025, 3, 20, tzinfo=timezone.utc)
    minutes = np.arange(count) // 2 * 5
    height = 1.77 + 0.96 * np.cos(2 * np.pi * minutes / 745.2) + random.normal(0, 0.02, count)
    table = pa.table({
        "time": pa.array([start + timedelta(minutes=int(m)) for m in minutes], pa.timestamp("ms", tz="UTC")),
        "buoy": pa.array(["inner", "outer"] * (count // 2)).dictionary_encode(),
        "height": pa.array(np.round(height, 3)),
        "waves": pa.array(random.integers(0, 40, count), pa.int16()),
        "calm": pa.array(random.random(count) < 0.2),
        "spectrum": pa.array([[round(float(x), 2) for x in random.random(3)] if i % 9 == 0 else None for i in range(count)]),
    })
    parquet.write_table(table, DATA / "buoys.parquet", compression="snappy", row_group_size=800)


def gauges() -> None:
    """What a gauge keeper might send: readings by day, a note, and the pier's picture."""
    rows = (DATA / "tides.csv").read_text(encoding="utf-8").splitlines()
    with zipfile.ZipFile(DATA / "gauges.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        def put(name: str, content: str | bytes) -> None:
            entry = zipfile.ZipInfo(name, (2025, 3, 24, 9, 30, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
        for day in range(20, 24):
            put(f"gauges/2025-03/{day}.csv", "\n".join([rows[0], *[row for row in rows if row.startswith(f"2025-03-{day}")]]) + "\n")
        put("gauges/README.md", "# Gauges\n\nReadings of four harbours, a file for each day.\n")
        put("gauges/mark.svg", (SHARE / "images" / "mark.svg").read_bytes())


def wave() -> tuple[np.ndarray, np.ndarray]:
    """A standing wave on a square drum, as a grid of points and its triangles."""
    n = 33
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
    z = 0.22 * np.sin(1.5 * np.pi * (x + 1)) * np.sin(np.pi * (y + 1))
    points = np.stack([x, y, z], -1).reshape(-1, 3).astype("<f4")
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).reshape(-1)
    triangles = np.concatenate([np.stack([corner, corner + 1, corner + n], -1), np.stack([corner + 1, corner + n + 1, corner + n], -1)])
    return points, triangles.astype("<u2")


def drum_stl() -> None:
    points, triangles = wave()
    faces = points[triangles.astype(int)]
    normals = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    with open(MODELS / "drum.stl", "wb") as file:
        file.write(b"a standing wave on a drum".ljust(80, b" ") + struct.pack("<I", len(faces)))
        for normal, face in zip(normals.astype("<f4"), faces):
            file.write(normal.tobytes() + face.tobytes() + b"\0\0")


def drum_gltf() -> None:
    """The same with colours, its points in a file beside it."""
    points, triangles = wave()
    points = points[:, [0, 2, 1]]
    high = (points[:, 1:2] + 0.22) / 0.44
    colours = (np.array([[0.1, 0.35, 0.65]]) * (1 - high) + np.array([[0.95, 0.55, 0.2]]) * high).astype("<f4")
    triangles = triangles[:, ::-1]
    parts = [points.astype("<f4").tobytes(), colours.tobytes(), triangles.astype("<u2").tobytes()]
    offsets = [0, len(parts[0]), len(parts[0]) + len(parts[1])]
    (MODELS / "drum.bin").write_bytes(b"".join(parts))
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}], "scene": 0, "nodes": [{"mesh": 0, "name": "drum"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"doubleSided": True, "pbrMetallicRoughness": {"metallicFactor": 0.1, "roughnessFactor": 0.6}}],
        "buffers": [{"uri": "drum.bin", "byteLength": sum(map(len, parts))}],
        "bufferViews": [{"buffer": 0, "byteOffset": o, "byteLength": len(p)} for o, p in zip(offsets, parts)],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3", "min": points.min(0).tolist(), "max": points.max(0).tolist()},
            {"bufferView": 1, "componentType": 5126, "count": len(points), "type": "VEC3"},
            {"bufferView": 2, "componentType": 5123, "count": triangles.size, "type": "SCALAR"},
        ],
    }
    (MODELS / "drum.gltf").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def buoy_obj() -> None:
    """A buoy: a profile turned around."""
    profile = [(0, -0.6), (0.25, -0.5), (0.6, 0), (0.6, 0.12), (0.18, 0.2), (0.1, 1.1), (0.2, 1.15), (0.2, 1.35), (0, 1.4)]
    around = 28
    lines = ["# a buoy", "o buoy"]
    for r, y in profile:
        for k in range(around):
            a = 2 * math.pi * k / around
            lines.append(f"v {r * math.cos(a):.4f} {y:.4f} {r * math.sin(a):.4f}")
    for row in range(len(profile) - 1):
        for k in range(around):
            a, b = row * around + k + 1, row * around + (k + 1) % around + 1
            lines.append(f"f {a} {a + around} {b + around} {b}")
    (MODELS / "buoy.obj").write_text("\n".join(lines) + "\n", encoding="utf-8")


MODELS.mkdir(exist_ok=True)
coast()
buoys()
gauges()
drum_stl()
drum_gltf()
buoy_obj()
