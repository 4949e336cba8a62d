"""Pictures as cells, the products at a place, kernels of all seeds, and how alike they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.convolution.feature_maps.look import Look
from core.concepts.convolution.feature_maps.result import Result
from core.figures import effects
from core.figures.look import COLORS, color, rgb
from core.stats import mean_interval
from core.text import Text

Option = dict[str, Any]
SIDE = 230  # pixels of a picture of cells, five a cell
HEIGHT = 262
CELL = 40  # of a table of numbers
INK = ("#1A232D", "#F2F5F7")  # dark, light


def cells(look: Look, which: str, title: str, row: int, column: int, dark: bool) -> Option:
    """The picture ("mixed") or its feature map ("map") as cells, with the window at a place, or the place. The map takes
    clicks: see `place`."""
    values: np.ndarray = getattr(look, which)
    n = len(values)
    data = [[x, y, round(float(values[y, x]), 3)] for y in range(n) for x in range(n)]
    reach = len(look.kernel) // 2 if which == "mixed" else 0
    edge = {"borderColor": COLORS[1], "borderWidth": 2.5, "color": "rgba(0, 0, 0, 0)"}
    corners = [
        {"coord": [max(0, column - reach), max(0, row - reach)]},
        {"coord": [min(n - 1, column + reach), min(n - 1, row + reach)]},
    ]
    low, high = min(0.0, float(values.min())), max(1e-6, float(values.max()))
    signed = low < -0.05 * high
    most = max(high, -low)
    paper = ["#E69F00", "#1A232D" if dark else "#FFFFFF", "#0072B2"] if signed else ["#000000", "#FFFFFF"]
    axis = {"type": "category", "data": list(range(1, n + 1)), "show": False}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 1, "top": 28, "width": SIDE, "height": SIDE, "outerBoundsMode": "none"}, "xAxis": axis, "yAxis": axis | {"inverse": True},
        "visualMap": {"show": False, "dimension": 2, "min": -most if signed else 0, "max": most, "inRange": {"color": paper}},
        "tooltip": {"trigger": "item", "formatter": "{@[2]}"},
        "series": [
            {"id": "cells", "type": "scatter", "symbol": "rect", "symbolSize": SIDE / n, "itemStyle": {"opacity": 1}, "data": data, "animation": False, "selectedMode": "single" if which == "map" else False,
             "select": {"itemStyle": {"borderWidth": 0}}, "cursor": "pointer" if which == "map" else "default",
             "markArea": {"silent": True, "animation": False, "itemStyle": edge, "data": [corners]} if reach else {},
             "markPoint": {"silent": True, "animation": False, "symbol": "rect", "symbolSize": 9, "itemStyle": edge,
                           "data": [{"coord": [column, row]}], "label": {"show": False}}}
        ],
    }  # fmt: skip


def place(look: Look, number: int) -> dict[str, int]:
    """The row and column, counted from 1, of a cell of the map."""
    n = len(look.map)
    return {"row": number // n + 1, "column": number % n + 1} if number >= 0 else {}


def products(look: Look, row: int, column: int, dark: bool) -> Option:
    """The pixels under the kernel, the kernel, and their products, as three tables; the sum stands at the end."""
    pixels, kernel, times = look.products(row, column)
    total = f"= {_short(float(times.sum()))}"
    return _tables(
        [("pixels", pixels, "×"), ("kernel", kernel, "="), ("products, added", times, total)],
        dark,
        9 if len(kernel) > 3 else 12,
    )


def pooling(look: Look, dark: bool) -> Option:
    """A small array, and its pool without ceil_mode and with it."""
    names = ("input", "ceil_mode=False", "ceil_mode=True")
    return _tables([(name, values, "") for name, values in zip(names, look.example, strict=True)], dark, 12)


def _tables(tables: list[tuple[str, np.ndarray, str]], dark: bool, font: int) -> Option:
    """Small tables of numbers beside each other; a sign stands behind each."""
    data: list[Option] = []
    names: list[Option] = []
    left, deep = 0, max(len(values) for _, values, _ in tables)
    ink = INK[dark]
    for name, values, sign in tables:
        most = max(1e-9, float(np.abs(values).max()))
        for y, x in np.ndindex(*values.shape):
            v = float(values[y, x])
            red, green, blue = rgb(0 if v >= 0 else 4)
            paint = f"rgba({red}, {green}, {blue}, {0.08 + 0.5 * abs(v) / most:.3f})"
            data.append({"value": [left + x, y, 0], "itemStyle": {"color": paint}, "label": {"formatter": _short(v)}})
        wide = values.shape[1]
        middle = {
            "value": [left + (wide - 1) / 2, -0.85],
            "label": {"formatter": name, "color": ink, "fontSize": 12, "fontWeight": 600},
        }
        names.append(middle)
        if sign:
            names.append({"value": [left + wide + (0.1 if len(sign) < 2 else 0.6), (len(values) - 1) / 2],
                          "label": {"formatter": sign, "color": ink, "fontSize": 15}})  # fmt: skip
        left += wide + 1.4 if sign else max(wide, 4) + 1.5
    columns = left + 0.6
    hidden = {"show": False, "type": "value"}
    style = {"borderColor": INK[dark] if dark else "#FFFFFF", "borderWidth": 1}
    base: Option = {
        "grid": {"left": 2, "top": 4, "width": 300, "height": 200, "outerBoundsMode": "none"}, "animation": False,
        "xAxis": hidden | {"min": -0.5, "max": columns - 0.5}, "yAxis": hidden | {"min": -1.4, "max": deep - 0.4, "inverse": True},
        "series": [
            {"id": "numbers", "type": "scatter", "symbol": "rect", "symbolSize": 20, "data": data, "silent": True, "itemStyle": style,
             "label": {"show": True, "color": ink, "fontSize": font}, "animation": False},
            {"id": "names", "type": "scatter", "symbolSize": 1, "data": names, "silent": True, "itemStyle": {"color": "rgba(0, 0, 0, 0)"},
             "label": {"show": True}, "animation": False},
        ],
    }  # fmt: skip
    media = []
    for wide in (0, 400, 560, 740):
        size = min(CELL, (max(wide, 290) - 10) / columns, 190 / (deep + 1))
        grid = {"width": round(size * columns), "height": round(size * (deep + 1))}
        look = [
            {
                "id": "numbers",
                "symbolSize": max(3, round(size) - 1),
                "label": {"fontSize": max(7, min(font, round(size / 2.7)))},
            }
        ]
        media.append({"query": {"minWidth": wide}, "option": {"grid": grid, "series": look}})
    return {"baseOption": base, "media": media}


def _short(v: float) -> str:
    text = f"{v:.2f}".rstrip("0").rstrip(".")
    return ("0" if text in ("-0", "") else text).replace("-", "−")


def grey(values: np.ndarray) -> np.ndarray:
    """An array as a picture from its smallest number, black, to its largest, white; 0 is in the middle where numbers are negative."""
    low, high = float(values.min()), float(values.max())
    if low < -0.05 * max(high, 1e-9):
        most = max(high, -low)
        low, high = -most, most
    return np.asarray((values - low) / max(high - low, 1e-9)).clip(0, 1)


def enlarged(values: np.ndarray, side: int = 144) -> np.ndarray:
    """A picture with every pixel repeated, about `side` wide."""
    return np.kron(values, np.ones((max(1, side // len(values)),) * 2))


def gallery(look: Look, words: Text) -> list[tuple[str, str, np.ndarray]]:
    """Name, title and picture of the map after the activation, after the pool, and of the map of each kernel."""
    rows = [(name, words(f"titles.{name}"), getattr(look, name)) for name in ("activated", "pooled")]
    rows += [(name, words.option("kernel", name), values) for name, values in look.bank.items()]
    return [(name, title, enlarged(grey(values))) for name, title, values in rows]


def doubled(look: Look) -> list[tuple[str, float, np.ndarray]]:
    """Way of doubling, share of the power at every other pixel, and picture."""
    return [(name, found.lattice, enlarged(grey(found.picture))) for name, found in look.doubled.items()]


def kernels(result: Result) -> np.ndarray:
    """All kernels as a picture (H, W, 3): a row a seed, each kernel below its partner of the first seed, blue positive, orange negative."""
    seeds, count, k, _ = result.kernels.shape
    times, gap = 4, 3
    cell = k * times + gap
    drawn = np.full((seeds * cell + gap, count * cell + gap, 3), 122, np.uint8)
    for s, c in np.ndindex(seeds, count):
        w = result.kernels[s, result.order[s, c]]
        strength = (w / max(1e-9, float(np.abs(w).max())))[..., None]
        ends = np.where(strength > 0, np.array(rgb(0)), np.array(rgb(4)))
        painted = 255 + (ends - 255) * np.abs(strength)
        at = (slice(gap + s * cell, gap + s * cell + k * times), slice(gap + c * cell, gap + c * cell + k * times))
        drawn[at] = np.kron(painted, np.ones((times, times, 1))).round().astype(np.uint8)
    return drawn


def similarity(result: Result) -> Option:
    """Correlation of the matched kernels of each pair of seeds: trained, scrambled and at initialisation."""
    rows = [
        (name, mean_interval(values, bounds=(-1, 1)), values, hue)
        for name, values, hue in (
            ("trained", result.trained, 0),
            ("random phases", result.scrambled, 1),
            ("at the start", result.untrained, 2),
        )
    ]
    return effects.dots("How alike are matched kernels?", rows, "mean correlation of matched kernels", 1.0)  # fmt: skip


def doubling(look: Look) -> Option:
    """Unevenness that each way of doubling gives a constant picture: equal weights, and random ones."""
    rows = list(look.doubled.items())
    parts = (
        ("equal weights", [c.equal for _, c in rows], 0),
        ("random weights, mean of 64", [float(c.random.mean()) for _, c in rows], 1),
    )
    series = [
        {"type": "bar", "name": name, "itemStyle": {"color": color(hue)}, "animation": False, "barGap": "8%",
         "data": [{"value": round(v, 4), "label": {"show": True, "position": "right", "formatter": f"{v:.2f}"}} for v in values]}
        for name, values, hue in parts
    ]  # fmt: skip
    return {
        "title": {"text": "Checkerboard from a constant picture", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"bottom": 0, "left": "center", "data": [name for name, *_ in parts]}, "tooltip": {"trigger": "item"},
        "grid": {"left": 6, "right": 40, "top": 30, "bottom": 58, "containLabel": True},
        "xAxis": {"type": "value", "name": "standard deviation ÷ mean size", "nameLocation": "middle", "nameGap": 24},
        "yAxis": {"type": "category", "inverse": True, "data": [name for name, _ in rows], "axisTick": {"show": False}}, "series": series,
    }  # fmt: skip
