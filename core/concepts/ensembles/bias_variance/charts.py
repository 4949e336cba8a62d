"""How the terms of an error are drawn, as Apache ECharts options: as bars made of them, and as places in a plane of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.figures.look import GREY, color
from core.stats import Interval


@dataclass(frozen=True)
class Piece:
    """One term of every row; color is an index into the palette, or -1 for grey. What lowers the sum has a minus."""

    name: str
    color: int
    values: Sequence[Interval]


def _head(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "animation": False,
    }


def _number(v: float, scale: float = 1.0) -> float | None:
    return float(f"{scale * v:.5g}") if np.isfinite(v) else None


def _segments(name: str, ends: Sequence[Any], style: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Lines from one point to another, each as a pair of points."""
    data = [{"coords": [list(a), list(b)]} for a, b in ends]
    return {"id": name, "type": "lines", "coordinateSystem": "cartesian2d", "data": data, "lineStyle": style} | more | {
        "silent": True, "animation": False, "tooltip": {"show": False},
    }  # fmt: skip


def _from_zero(values: Any, span: float) -> dict[str, float]:
    """Start an axis at zero when nothing lies clearly below it."""
    return {"min": 0.0} if float(np.min(values)) > -0.02 * span else {}


def stacked(
    title: str, rows: Sequence[str], pieces: Sequence[Piece], totals: Sequence[float], x_name: str, scale: float = 1.0
) -> dict[str, Any]:
    """A bar a row, the first on top, made of the pieces one after the other; at the end of a piece a whisker with its
    interval. A piece that lowers the sum goes left from zero. A diamond marks the total."""
    ends: dict[str, list[Any]] = {}
    above, below = np.zeros(len(rows)), np.zeros(len(rows))
    series: list[dict[str, Any]] = []
    for p in pieces:
        hue = GREY if p.color < 0 else color(p.color)
        data = [_number(v.mean, scale) for v in p.values]
        series.append(
            {"id": p.name, "name": p.name, "type": "bar", "stack": "terms", "data": data, "barCategoryGap": "35%",
             "itemStyle": {"color": hue, "opacity": 0.45 if p.color < 0 else 0.85}, "animation": False}
        )  # fmt: skip
        for i, v in enumerate(p.values):
            side = above if v.mean >= 0 else below
            start = side[i]
            side[i] += v.mean
            if np.isfinite(v.low) and v.high > v.low:
                ends.setdefault(p.name, []).append(
                    ((_number(start + v.low, scale), rows[i]), (_number(start + v.high, scale), rows[i]))
                )
    for name, pairs in ends.items():
        series.append(_segments(f"{name} interval", pairs, {"color": GREY, "width": 2, "opacity": 1}, z=4))
    series.append(
        {"id": "total", "name": "error", "type": "scatter", "symbol": "diamond", "symbolSize": 9, "z": 5, "animation": False,
         "itemStyle": {"color": "#FFFFFF", "borderColor": "#333", "borderWidth": 1.5},
         "data": [[_number(v, scale), row] for v, row in zip(totals, rows, strict=True)]}
    )  # fmt: skip
    return _head(title) | {
        "legend": {"bottom": 0, "left": "center", "itemWidth": 16, "data": [p.name for p in pieces] + ["error"]},
        "grid": {"left": 8, "right": 20, "top": 36, "bottom": 56 if len(pieces) < 4 else 84, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "%.4g"},
        "xAxis": {"type": "value", "name": x_name, "nameLocation": "middle", "nameGap": 26}
        | _from_zero(below, float(above.max())),
        "yAxis": {"type": "category", "data": list(rows), "inverse": True, "axisTick": {"show": False}},
        "series": series,
    }


def _labels(at: Mapping[str, tuple[float, float]], near: Sequence[float]) -> dict[str, str]:
    """A label a place; places as near to one another as `near` in both directions share the first one's, a name a line."""
    words: dict[str, str] = {}
    for name, here in at.items():
        close = (k for k in words if all(abs(a - b) <= d for a, b, d in zip(at[k], here, near, strict=True)))
        first = next(close, None)
        words[first or name] = f"{words[first]}\n{name}" if first else name
    return words


def plane(
    title: str,
    places: Sequence[tuple[str, str, int, Interval, Interval]],
    arrows: Sequence[tuple[str, str, int]],
    x_name: str,
    y_name: str,
    scale: float = 1.0,
    pinned: Sequence[tuple[str, int, Interval, Interval]] = (),
) -> dict[str, Any]:
    """Places (name, side its label stands on, colour, x, y) with their intervals as crosses; arrows (from, to, colour)
    between them. pinned: places (name, colour, x, y) of other runs, hollow."""
    at = {name: (_number(x.mean, scale), _number(y.mean, scale)) for name, _, _, x, y in places}
    series: list[dict[str, Any]] = []
    crosses = []
    for *_, x, y in places:
        for low, high, point in (
            (x.low, x.high, lambda v, y=y: (_number(v, scale), _number(y.mean, scale))),
            (y.low, y.high, lambda v, x=x: (_number(x.mean, scale), _number(v, scale))),
        ):
            if np.isfinite(low):
                crosses.append((point(low), point(high)))
    series.append(_segments("intervals", crosses, {"color": GREY, "width": 1.5, "opacity": 0.8}, z=2))
    for a, b, hue in arrows:
        if at[a] != at[b]:
            style = {"color": color(hue), "width": 2, "opacity": 0.9, "curveness": 0.12}
            series.append(
                _segments(f"{a} to {b}", [(at[a], at[b])], style, symbol=["none", "arrow"], symbolSize=9, z=3)
            )
    spots = [*(p[-2:] for p in places), *(p[-2:] for p in pinned)]
    ends = [[v for spot in spots for v in (spot[i].low, spot[i].high) if np.isfinite(v)] or [0.0] for i in (0, 1)]
    words = _labels({name: (x.mean, y.mean) for name, *_, x, y in places}, [0.02 * (max(e) - min(e)) for e in ends])
    for name, side, hue, _, _ in places:
        series.append(
            {"id": name, "name": name, "type": "scatter", "data": [list(at[name])], "symbolSize": 11, "z": 4, "animation": False,
             "itemStyle": {"color": GREY if hue < 0 else color(hue), "borderColor": "#FFFFFF", "borderWidth": 1},
             "label": {"show": name in words, "formatter": words.get(name, ""), "position": side, "fontSize": 11, "color": GREY}}
        )  # fmt: skip
    for name, hue, x, y in pinned:
        series.append(
            {"id": name, "name": name, "type": "scatter", "data": [[_number(x.mean, scale), _number(y.mean, scale)]], "symbol": "diamond",
             "symbolSize": 10, "z": 4, "animation": False,
             "itemStyle": {"color": "transparent", "borderColor": GREY if hue < 0 else color(hue), "borderWidth": 2}}
        )  # fmt: skip
    zero = [_from_zero(v, max(v)) for v in ends]
    axis = {"type": "value", "nameLocation": "middle", "splitLine": {"lineStyle": {"opacity": 0.4}}}
    return _head(title) | {
        "grid": {"left": 34, "right": 96, "top": 44, "bottom": 40, "containLabel": True},
        "tooltip": {"trigger": "item", "valueFormatter": "%.4g"},
        "xAxis": axis | {"name": x_name, "nameGap": 26} | zero[0],
        "yAxis": axis | {"name": y_name, "nameGap": 38} | zero[1],
        "series": series,
    }
