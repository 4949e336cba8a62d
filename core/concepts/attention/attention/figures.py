"""Matrices as heat maps, curves of training, and what scaling and length do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.attention.attention.matrices import Edit, Matrices, compute, places
from core.concepts.attention.attention.result import LENGTHS, WIDTHS, Result
from core.concepts.attention.attention.settings import SYMBOLS, WAYS, ViewSettings
from core.figures import bars
from core.figures.blocks import DIVERGING, PALE, RISING, blocks
from core.figures.curves import curves
from core.figures.ensembles import band
from core.figures.lines import Line, lines
from core.figures.look import COLORS, GREY

Option = dict[str, Any]
BLUE, ORANGE = 0, 1
DEEP = (PALE, "#56B4E9", COLORS[0])  # of weights and probabilities, from 0 to 1
MATRICES = (
    "encoding", "input", "queries", "keys", "products", "scores", "weights", "values", "mixed", "answers",
)  # fmt: skip
# The charts of scaling and length, each with its lines.
AROUND = (
    ("scaling", "largest", "largest_scaled", "slope", "slope_scaled"),
    ("length", "explicit", "fused", "guide"),
)
APART = "\u200b"  # has no width; told apart by it, equal digits stay apart on an axis
HEAD = {"left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}


def shown(result: Result, view: ViewSettings) -> tuple[int, int]:
    """The seed and the head on show, both from 0, as far as the run has them."""
    heads = result.settings.form(view.way).heads
    return min(view.network, result.settings.seeds) - 1, min(view.head, heads) - 1


def matrices(result: Result, view: ViewSettings, edit: Edit | None = None) -> Matrices:
    """What the shown network computes for the shown sequence."""
    s, digits = result.settings, np.array(view.digits(result.settings.length))
    return compute(s.form(view.way), result.of(view.way, shown(result, view)[0]), digits, edit)


def _heat(
    title: str,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    span: tuple[float, float],
    colors: Sequence[str] = DIVERGING,
    font: int = 10,
) -> Option:
    """Cells whose number is named on hover; empty where a number is not finite. The names of rows and columns may end with APART."""
    data: list[dict[str, Any]] = []
    for i, j in np.ndindex(*values.shape):
        number = float(values[i, j])
        row, column = (names[n].strip(APART) for names, n in ((rows, i), (columns, j)))
        name = f"row {i + 1} ({row}), column {j + 1}{f' ({column})' if column else ''}: {number:.3g}"
        data.append({"value": [j, i, round(number, 3) if np.isfinite(number) else "-"], "name": name})
    quiet = {"axisLine": {"show": False}, "axisTick": {"show": False}, "splitLine": {"show": False}}
    axis = {"type": "category"} | quiet
    label = {"interval": 0, "fontSize": font, "margin": 4}
    named = any(c.strip(APART) for c in columns)
    return {
        "title": {"text": title} | HEAD,
        "grid": {"left": 4, "right": 8, "top": 30, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": axis | {"data": list(columns), "position": "top", "axisLabel": label | {"show": named}},
        "yAxis": axis | {"data": list(rows), "inverse": True, "axisLabel": label},
        "visualMap": {"show": False, "min": span[0], "max": span[1], "inRange": {"color": list(colors)}},
        "series": [{"type": "heatmap", "id": "cells", "data": data, "animation": False, "progressive": 0}],
    }


def attention_map(result: Result, view: ViewSettings, edit: Edit | None, title: str) -> Option:
    """The trained map of the shown head: a row for each place that asks, a column for each place it looks at. Framed: where
    the answers stand, and in orange the weight that is edited. Series "cells" takes clicks, its data counted along the rows."""
    s = result.settings
    weights = matrices(result, view).weights[shown(result, view)[1]]
    digits = view.digits(s.length)
    given = answers_of(s.task, digits)
    stands = np.asarray(places(s.task, np.array(digits), given).any(1))
    rows = [f"place {i + 1} → {' '.join(map(str, answer))}" for i, answer in enumerate(given)]
    columns = [f"{d}{APART * j}" for j, d in enumerate(digits)]
    option = _heat(title, weights, rows, columns, (0, 1), DEEP, 12)
    for cell, weight in zip(option["series"][0]["data"], weights.ravel(), strict=True):
        j, i, _ = cell["value"]
        percent = round(100 * float(weight))
        cell["name"] = f"Place {i + 1} takes {100 * weight:.1f} % from place {j + 1} (digit {digits[j]})"
        ink = "#FFFFFF" if weight > 0.6 else "#1C2530"
        cell["label"] = {"show": percent > 0, "formatter": str(percent), "color": ink, "fontSize": 11}
    option["series"][0] |= {"cursor": "pointer", "selectedMode": "single"}
    option["series"][0] |= {"select": {"itemStyle": {"borderColor": GREY, "borderWidth": 1}}}
    framed = [(i, j, "#1C2530", 1.5) for i, j in np.argwhere(stands).tolist()]
    if edit is not None:
        framed.append((edit.row, edit.key, COLORS[ORANGE], 3))
    frames = [{"value": [j, i, 0], "itemStyle": {"borderColor": c, "borderWidth": w}} for i, j, c, w in framed]
    quiet = {"type": "heatmap", "id": "frames", "silent": True, "animation": False, "z": 3, "tooltip": {"show": False}}
    option["series"].append(quiet | {"data": frames})
    clear = {"show": False, "seriesIndex": 1, "min": 0, "max": 1, "inRange": {"color": ["rgba(0, 0, 0, 0)"] * 2}}
    option["visualMap"] = [option["visualMap"] | {"seriesIndex": 0}, clear]
    return option


def answers_of(task: str, digits: Sequence[int]) -> np.ndarray:
    """What each place has to answer: (L, answers)."""
    x = np.array(digits)
    sides = {"reverse": [x[::-1]], "shift": [np.roll(x, 1)], "copy": [x], "sort": [np.sort(x)]}
    sides["neighbours"] = [np.roll(x, 1), np.roll(x, -1)]
    return np.stack(sides[task], 1)


def answer_bars(result: Result, view: ViewSettings, edit: Edit, title: str, names: Sequence[str]) -> Option:
    """The probability of each digit at the edited place, as trained and with the edited map; of all answers, one behind the
    other."""
    before, after = (matrices(result, view, e).answers[edit.row] for e in (None, edit))
    parts = [
        bars.series(100 * p.ravel(), COLORS[hue], name)
        for p, hue, name in zip((before, after), (BLUE, ORANGE), names, strict=True)
    ]
    digits = [f"{i % SYMBOLS}{APART * (i // SYMBOLS)}" for i in range(before.size)]
    option = bars.options(title, "", "%", digits, parts)
    option["yAxis"] |= {"max": 100, "interval": 50}
    option["xAxis"] |= {"axisLabel": {"interval": 0}}
    return option


def matrix(result: Result, view: ViewSettings, m: Matrices, name: str, title: str) -> Option:
    """One matrix of the shown head: a row for each place, labelled by its digit."""
    _, h = shown(result, view)
    digits = [str(d) for d in view.digits(result.settings.length)]
    values = {
        "encoding": m.positions, "input": m.x, "queries": m.q[h], "keys": m.k[h], "values": m.v[h], "products": m.products[h],
        "scores": m.scores[h], "weights": m.weights[h], "mixed": m.mixed[h],
        "answers": m.answers.reshape(len(digits), -1),
    }[name]  # fmt: skip
    rows = [f"{d}{APART * i}" for i, d in enumerate(digits)]
    if name == "encoding":
        rows = [str(i + 1) for i in range(len(digits))]
    square = name in ("products", "scores", "weights")
    columns = rows if square else [APART * (j + 1) for j in range(values.shape[1])]
    if name == "answers":
        columns = [f"{j % SYMBOLS}{APART * j}" for j in range(values.shape[1])]
    if name in ("weights", "answers"):
        return _heat(title, values, rows, columns, (0, 1), colors=DEEP)
    most = float(np.abs(values[np.isfinite(values)]).max()) or 1.0
    return _heat(title, values, rows, columns, (-most, most))


def learning(result: Result, title: str, names: Sequence[str]) -> Option:
    """Accuracy on validation sequences against the training step, for both networks."""
    rows = result.history[result.history.metric == "accuracy"]
    series = []
    for i, (way, name) in enumerate(zip(WAYS, names, strict=True)):
        table = rows[rows.variant == way].pivot(index="seed", columns="step", values="value")
        series.append(band(name, table.columns.to_numpy(float), table.to_numpy(), (BLUE, ORANGE)[i], dashed=i == 1))
    option = curves(title, series, "training step", percent=True, x_max=result.settings.steps)
    option["yAxis"] |= {"min": 0}
    return option


def heads(result: Result, title: str) -> Option:
    """How much the heads of every seed look at where each answer stands: a row a seed, a colour for each answer."""
    strips = result.attention["with"]
    text = [["  |  ".join(f"{100 * v:.0f}" for v in cell) for cell in row] for row in strips]
    seeds, columns = [f"seed {k}" for k in result.settings.range], [f"head {h + 1}" for h in range(strips.shape[1])]
    return blocks(title, seeds, columns, strips, text, (0, 1), ("0 %", "100 %"), RISING)


def heads_height(result: Result) -> int:
    return 90 + 26 * result.settings.seeds


def scaling(result: Result, title: str, names: Sequence[str]) -> Option:
    """Largest weight and remaining slope of softmax against the width of random vectors, without and with the division."""
    assert result.random is not None
    x = np.array(WIDTHS, float)
    parts = ((0, 1, ORANGE, False), (1, 1, BLUE, False), (0, 2, ORANGE, True), (1, 2, BLUE, True))
    series = [Line(n, x, result.random[i, :, j], hue, dash) for n, (i, j, hue, dash) in zip(names, parts, strict=True)]
    option = lines(title, series, "width d of queries and keys", y_range=(0, 1))
    option["xAxis"] |= {"type": "log", "logBase": 4, "min": 4, "max": 1024}
    return option


def length(result: Result, title: str, names: Sequence[str]) -> Option:
    """CPU time of one map against the length of the sequence, on two logarithmic axes."""
    assert result.seconds is not None
    x = np.array(LENGTHS, float)
    ms = 1000 * result.seconds
    guide = ms[0, 2] * (x / x[2]) ** 2
    series = [Line(n, x, y, hue, hue < 0) for n, y, hue in zip(names, (*ms, guide), (ORANGE, BLUE, -1), strict=True)]
    option = lines(title, series, "places L", "ms")
    option["xAxis"] |= {"type": "log", "logBase": 2, "min": LENGTHS[0], "max": LENGTHS[-1]}
    option["yAxis"] |= {"type": "log"}
    option["grid"] |= {"bottom": 74}  # the legend takes two lines on a phone
    return option
