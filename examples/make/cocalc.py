"""cocalc/: a board, slides, a task list, a conversation and a worksheet, as CoCalc writes them. Needs nothing but Python."""

import json
import math
import uuid
from datetime import datetime, timezone
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "welcome" / "cocalc"
ANNA, BEN, CHLOE = (str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in ("anna", "ben", "chloe"))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000)


def iso(text: str) -> str:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def write(name: str, rows: list[dict]) -> None:
    text = "\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in rows)
    (FOLDER / name).write_text(text, encoding="utf-8")


def piece(kind: str, id: str, x: float, y: float, w: float, h: float, page: str, text: str = "", z: int = 1, **data) -> dict:
    extra = {key: data.pop(key) for key in ("rotate", "group", "locked", "invisible") if key in data}
    row = {"type": kind, "id": id, "x": x, "y": y, "w": w, "h": h, "z": z, "page": page, "data": data, **extra}
    return {**row, "str": text} if text else row


def edge(id: str, start: str, end: str, page: str, color: str = "#5a5f66") -> dict:
    return piece("edge", id, 0, 0, 0, 0, page, color=color, radius=1, **{"from": start, "to": end})


def stroke(id: str, x: float, y: float, page: str, points: list[tuple[float, float]], **data) -> dict:
    path = [round(value, 1) for point in points for value in point]
    return piece("pen", id, x, y, max(path[0::2]), max(path[1::2]), page, z=9, path=path, **data)


def wave(length: float, height: float, waves: float, decay: float = 0) -> list[tuple[float, float]]:
    return [(x, height * (1 - math.exp(-decay * x / length) * math.sin(2 * math.pi * waves * x / length))) for x in range(0, int(length) + 1, 6)]


SIGNAL = {
    "text/plain": "   n   wavelength   pitch\n   1       1.30 m   196 Hz\n   2       0.65 m   392 Hz\n   3       0.43 m   588 Hz",
}


def board() -> None:
    p, q = "p1a2b3c4", "p5d6e7f8"
    rows = [
        {"type": "page", "id": p, "data": {"pos": 0}}, {"type": "page", "id": q, "data": {"pos": 1}},
        piece("text", "b0000001", -60, -330, 560, 80, p, "# How a string gets its notes", fontSize=18, color="#1f5fa6"),
        piece("note", "b0000002", -60, -220, 270, 150, p, "## 1. A wave\n\nA shape that moves: $u(x,t) = f(x - ct)$.\n\n#idea", color="#fff9c4", fontSize=15),
        piece("note", "b0000003", 320, -220, 270, 150, p, "## 2. Two of them\n\nThe sum solves the equation, too. Send them *against* each other.\n\n#idea", color="#c8e6c9", fontSize=15),
        piece("note", "b0000004", 700, -220, 270, 150, p, "## 3. Nodes\n\n$$2A\\cos kx\\,\\cos\\omega t$$\n\nWhere $\\cos kx = 0$, nothing moves.", color="#bbdefb", fontSize=15),
        edge("b0000005", "b0000002", "b0000003", p), edge("b0000006", "b0000003", "b0000004", p),
        piece("frame", "b0000007", -80, 40, 520, 300, p, "Drawn on the board", color="#9aa0a6", radius=1),
        stroke("b0000008", -50, 90, p, wave(460, 55, 2), color="#1f5fa6", radius=2.5),
        stroke("b0000009", -50, 200, p, wave(460, 40, 4, 2.2), color="#d84315", radius=2),
        piece("text", "b000000a", 250, 100, 160, 30, p, "travelling", color="#1f5fa6", fontSize=15),
        piece("text", "b000000b", 250, 290, 160, 30, p, "dying away", color="#d84315", fontSize=15),
        piece("code", "b000000c", 500, 40, 470, 250, p, "for n in range(1, 4):\n    print(f\"{n:4} {2 * L / n:10.2f} m {c * n / (2 * L):5.0f} Hz\")", kernel="python3", execCount=7,
              output={"0": {"name": "stdout", "text": SIGNAL["text/plain"] + "\n"}}),
        edge("b000000d", "b0000004", "b000000c", p, "#1f5fa6"),
        piece("note", "b000000e", 1030, -190, 230, 120, p, "**To do**\n\n[x] pluck it\n\n[ ] bow it\n\n[ ] ask why a bow sounds *different*", color="#7a3fb5", fontSize=15, rotate=0.05),
        piece("icon", "b000000f", 1040, 60, 70, 70, p, icon="star", color="#b8860b"),
        piece("timer", "b0000010", 1030, 170, 240, 60, p, "Group work", countdown=600, state="paused", total=205000),
        piece("note", "b0000011", 0, 0, 340, 240, q, "# Questions we kept\n\n1. Why do the nodes stay?\n2. What sets $c$?\n3. Is a drum the same in two dimensions?", color="#ffe0b2", fontSize=16),
        piece("note", "b0000012", 420, 0, 340, 240, q, "| string | $c$ in m/s |\n|:--|--:|\n| steel | 510 |\n| nylon | 330 |\n| gut | 300 |", color="#ffffff", fontSize=16),
        piece("chat", "b0000013", 0, 290, 340, 160, q, "\n".join(json.dumps(line) for line in (
            {"input": "Is the table measured?", "sender_id": BEN, "time": ms("2025-04-02T10:05")},
            {"input": "Steel and nylon are, gut is from a book.", "sender_id": ANNA, "time": ms("2025-04-02T10:07")},
        ))),
        piece("speaker_notes", "b0000014", 0, 0, 10, 10, q, "Not for readers.", invisible=True),
    ]
    write("strings.board", rows)


def slides() -> None:
    x, y = -295.5, -525  # where every slide begins
    rows = [{"type": "page", "id": f"s{n}", "data": {"pos": n}} for n in range(4)]

    def on(n: int, kind: str, id: str, dx: float, dy: float, w: float, h: float, text: str = "", **data) -> None:
        rows.append(piece(kind, id, x + dx, y + dy, w, h, f"s{n}", text, **data))

    on(0, "text", "t0", 80, 170, 890, 120, "# Standing waves", fontSize=34, color="#1f5fa6")
    on(0, "text", "t1", 84, 280, 890, 60, "What a string, a flute and an atom have in common", fontSize=24)
    rows.append(stroke("t2", x + 84, y + 400, "s0", wave(880, 60, 5), color="#9cc3ea", radius=3))
    on(1, "text", "u0", 80, 50, 890, 70, "## Two waves make one that stands", fontSize=26, color="#1f5fa6")
    on(1, "text", "u1", 80, 160, 890, 190, "$$A\\cos(kx-\\omega t) + A\\cos(kx+\\omega t) = 2A\\,\\cos kx\\,\\cos\\omega t$$\n\n- place and time come apart\n- where $\\cos kx = 0$ it never moves: a **node**", fontSize=26)
    on(1, "note", "u2", 700, 410, 260, 110, "Try it with a rope!", color="#fff9c4", fontSize=24, rotate=-0.06)
    on(2, "text", "v0", 80, 50, 890, 70, "## Both ends held", fontSize=26, color="#1f5fa6")
    for n in range(1, 4):
        rows.append(stroke(f"v{n}", x + 110, y + 60 + 125 * n, "s2", wave(500, 40, n / 2), color=["#1f5fa6", "#1c7a43", "#b3261e"][n - 1], radius=2.5))
        on(2, "text", f"w{n}", 660, 70 + 125 * n, 300, 60, f"$\\lambda_{n} = " + ("2L" if n == 1 else f"2L/{n}" if n == 3 else "L") + "$", fontSize=24)
    on(3, "text", "x0", 80, 50, 890, 70, "## Measured", fontSize=26, color="#1f5fa6")
    on(3, "code", "x1", 80, 150, 560, 240, "[196 * n for n in (1, 2, 3)]", kernel="sage-10.4", execCount=3, output={"0": {"data": {"text/plain": "[196, 392, 588]"}}})
    on(3, "text", "x2", 690, 150, 290, 200, "The notes of one string are whole multiples of the lowest.", fontSize=24)
    on(3, "speaker_notes", "x3", 0, 0, 10, 10, "Do not forget the tuning fork.", invisible=True)
    write("standing-waves.slides", rows)


def tasks() -> None:
    todo = [
        ("Print the handouts, **twelve** copies #lab", "2025-04-01T12:00", False),
        ("Tune the monochord to 196 Hz\n\n- [x] new string\n- [ ] check against [the notebook](../notebooks/waves.ipynb)\n\n#lab #sound", "2025-04-03T08:00", False),
        ("Derive $v_g = \\tfrac12 c$ for deep water and compare with [`dispersion.py`](../code/dispersion.py) #reading", None, False),
        ("Book the wave tank for the afternoon of the excursion #lab #excursion", "2099-05-14T09:00", False),
        ("Ask the harbour office for the tides of June #excursion #data", "2099-05-20T09:00", False),
        ("Read chapter 2 before the seminar #reading", "2025-03-24T10:00", True),
        ("Send `tides.csv` to everyone #data", None, True),
    ]
    rows = [
        {"task_id": str(uuid.uuid5(uuid.NAMESPACE_URL, text)), "desc": text, "position": n, "done": done, "last_edited": ms("2025-03-28T16:20") + 60000 * n, **({"due_date": ms(due)} if due else {})}
        for n, (text, due, done) in enumerate(todo)
    ]
    write("course.tasks", rows)


def chat() -> None:
    def say(who: str, at: str, text: str, earlier: str | None = None, **more) -> dict:
        history = [{"author_id": who, "content": text, "date": iso(at)}]
        if earlier:
            history.append({"author_id": who, "content": earlier, "date": iso(at)})
            history[0]["date"] = iso(at[:-2] + "59")
        return {"event": "chat", "sender_id": who, "date": iso(at), "history": history, **more}

    rows = [
        {"event": "chat-thread-config", "sender_id": "__thread_config__", "date": "1970-01-01T00:00:00.000Z", "thread_id": "why-rows", "name": "Why does the sea come in rows?"},
        say(ANNA, "2025-04-02T09:12", "Waves come from everywhere, but at the beach they are all parallel to it. **Why?**", thread_id="why-rows"),
        say(BEN, "2025-04-02T09:20", "Because over shallow water $c = \\sqrt{gh}$: the end of a crest that is nearer to the beach is slower, so the crest turns.", thread_id="why-rows", reply_to=iso("2025-04-02T09:12"), feedback={ANNA: "positive", CHLOE: "positive"}),
        say(CHLOE, "2025-04-02T09:31", "Like light that enters glass. There is a picture in the notes:\n\n![Rings from two sources](../images/interference.png)", thread_id="why-rows", reply_to=iso("2025-04-02T09:12")),
        say(BEN, "2025-04-02T11:02", "Does anybody have the program for the group speed?"),
        say(ANNA, "2025-04-02T11:05", "It is [`dispersion.py`](../code/dispersion.py); the part you want is\n\n```python\nreturn self.speed * (0.5 + kh / math.sinh(2 * kh))\n```", earlier="It is dispersion.py", reply_to=iso("2025-04-02T11:02")),
        say(BEN, "2025-04-02T11:06", "Thanks!", reply_to=iso("2025-04-02T11:02")),
        say(CHLOE, "2025-04-03T08:00", "<p>Tomorrow's seminar is in <b>room 12</b>.</p>"),
        {"event": "draft", "sender_id": BEN, "date": iso("2025-04-03T08:05"), "input": "not sent"},
    ]
    write("study-group.chat", rows)


def worksheet() -> None:
    cells = [
        ("i", "%md\n# A string in Sage\n\nBoth ends are held, so $u(0,t) = u(L,t) = 0$.", [{"md": "# A string in Sage\n\nBoth ends are held, so $u(0,t) = u(L,t) = 0$."}]),
        ("s", "var('x t A k omega')\nu = A*cos(k*x - omega*t) + A*cos(k*x + omega*t)\nshow(u.trig_expand())", [{"tex": {"tex": "2 \\, A \\cos\\left(k x\\right) \\cos\\left(\\omega t\\right)", "display": True}}]),
        ("s", "L, c = 0.65, 254.8\nfor n in (1, 2, 3):\n    print(n, c * n / (2 * L))", [{"stdout": "1 196.000000000000\n"}, {"stdout": "2 392.000000000000\n3 588.000000000000\n"}]),
        ("s", "%r\nx <- c(196.4, 391.2, 588.9)\nsummary(x)", [{"stdout": "   Min. 1st Qu.  Median    Mean 3rd Qu.    Max. \n  196.4   293.8   391.2   392.2   490.0   588.9 "}]),
        ("s", "table([(n, 2*L/n) for n in (1, 2, 3)], header_row=['n', 'wavelength'])", [{"html": "<table class=\"dataframe\"><thead><tr><th>n</th><th>wavelength</th></tr></thead><tbody><tr><td>1</td><td>1.30</td></tr><tr><td>2</td><td>0.65</td></tr><tr><td>3</td><td>0.43</td></tr></tbody></table>"}]),
        ("s", "plot(sin(3*pi*x/L), (x, 0, L))", [{"file": {"filename": "/home/user/.sage/temp/tmp_wave.svg", "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, "plot")), "show": True}}]),
        ("s", "name = raw_input('Your string? ')\n1 / 0", [{"raw_input": {"prompt": "Your string?", "value": "G", "submitted": True}}, {"stderr": "Error in lines 2-2\nTraceback (most recent call last):\nZeroDivisionError: rational division by zero\n"}]),
    ]
    text = ""
    for n, (flags, source, messages) in enumerate(cells):
        cell, output = (str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}{n}")) for kind in ("cell", "output"))
        said = "\ufe21".join(json.dumps(message, ensure_ascii=False) for message in [*messages, {"done": True}])
        text += f"\ufe20{cell}{flags}\ufe20\n{source}\n\ufe21{output}\ufe21{said}\ufe21\n"
    (FOLDER / "string.sagews").write_text(text, encoding="utf-8")


FOLDER.mkdir(exist_ok=True)
board()
slides()
tasks()
chat()
worksheet()
