"""Charts of samples and their intervals, as Apache ECharts options."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.foundations.expectation.result import Result
from core.concepts.foundations.expectation.settings import NETWORKS
from core.figures import effects
from core.figures.lines import Line, lines
from core.figures.look import GREY, color, faint

SHOWN = 100  # intervals
HEAD = {"left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}
CURVE = {"type": "line", "symbol": "none", "animation": False}


def unit(result: Result) -> str:
    return "accuracy" if result.settings.source == NETWORKS else "value"


def intervals(result: Result) -> dict[str, Any]:
    """The intervals of the first samples, one above the other, and the expectation."""
    means, halves, holds = result.means[:SHOWN], result.halves[:SHOWN], result.holds[:SHOWN]
    reach = 1.1 * float(np.nanquantile(np.abs(means - result.mean) + np.nan_to_num(halves), 0.97)) or 1.0
    series: list[dict[str, Any]] = []
    for name, mine, hue in (("holds E[X]", holds, 0), ("misses E[X]", ~holds, 1)):
        rows = np.flatnonzero(mine)
        ends = [
            {"coords": [[_number(means[i] - halves[i]), int(i)], [_number(means[i] + halves[i]), int(i)]]}
            for i in rows
            if np.isfinite(halves[i])
        ]
        style = {"color": color(hue), "width": 1.4 if hue == 0 else 2.6, "opacity": 0.75 if hue == 0 else 1}
        series.append({
            "id": f"bars{hue}", "type": "lines", "coordinateSystem": "cartesian2d", "data": ends, "lineStyle": style,
            "silent": True, "animation": False, "clip": True, "z": 2 + hue,
        })  # fmt: skip
        series.append({
            "id": f"dots{hue}", "name": name, "type": "scatter", "data": [[_number(means[i]), int(i)] for i in rows],
            "symbolSize": 4 if hue == 0 else 6, "itemStyle": {"color": color(hue)}, "silent": True, "animation": False, "z": 4,
        })  # fmt: skip
    series[1]["markLine"] = _line_at(result.mean, "E[X]", "start")  # the axis points down
    return {
        "title": HEAD | {"text": f"Intervals of the first {SHOWN} samples"},
        "legend": {"data": ["holds E[X]", "misses E[X]"], "bottom": 0, "left": "center", "selectedMode": False},
        "animation": False,
        "grid": {"left": 8, "right": 12, "top": 42, "bottom": 50, "containLabel": True},
        "xAxis": {"type": "value", "name": unit(result), "nameLocation": "middle", "nameGap": 24, "splitLine": {"show": False}}
        | {"min": _number(result.mean - reach), "max": _number(result.mean + reach)}
        | {"axisLabel": {"showMinLabel": False, "showMaxLabel": False}},
        "yAxis": {"type": "value", "min": -1, "max": SHOWN, "inverse": True, "show": False},
        "series": series,
    }  # fmt: skip


def population(result: Result) -> dict[str, Any]:
    """How the single values are distributed, and the first sample of them."""
    v, sample = result.values, result.sample
    low, high = (
        float(np.quantile(v, q)) for q in ((0.0, 1.0) if result.settings.source == NETWORKS else (0.0005, 0.99))
    )
    low, high = min(low, float(sample.min())), max(high, float(sample.max()))
    x, y = _histogram(v, low, high)
    dots = {
        "name": "first sample", "type": "scatter", "data": [[_number(a), 0] for a in sample], "symbolSize": 9,
        "itemStyle": {"color": color(1), "opacity": 0.75}, "silent": True, "animation": False, "z": 5, "symbolOffset": [0, -6],
    }  # fmt: skip
    mean = {
        "name": "its mean", "type": "scatter", "data": [[_number(sample.mean()), 0]], "symbol": "triangle", "symbolSize": 14,
        "itemStyle": {"color": color(2)}, "silent": True, "animation": False, "z": 6, "symbolOffset": [0, -18],
    }  # fmt: skip
    option = _distribution("Single values", "all values", x, y, result.mean, [dots, mean])
    option["legend"]["data"] = ["all values", "first sample", "its mean"]
    return option


def means(result: Result) -> dict[str, Any]:
    """How the means of all samples are distributed, and the normal curve that the central limit theorem predicts."""
    n, error = result.settings.n, result.deviation / np.sqrt(result.settings.n)
    low, high = (float(q) for q in np.quantile(result.means, [0.001, 0.999]))
    low, high = min(low, result.mean - 3 * error), max(high, result.mean + 3 * error)
    x, y = _histogram(result.means, low, high)
    at = np.linspace(low, high, 120)
    height = np.exp(-(((at - result.mean) / error) ** 2) / 2) / (error * np.sqrt(2 * np.pi))
    curve = CURVE | {
        "name": "normal curve", "data": _pairs(at, height), "lineStyle": {"color": color(1), "width": 2},
        "itemStyle": {"color": color(1)}, "z": 4, "silent": True,
    }  # fmt: skip
    option = _distribution(f"Means of {len(result.means):,} samples of {n}", "means", x, y, result.mean, [curve])
    option["legend"]["data"] = ["means", "normal curve"]
    return option


def _histogram(values: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """The outline (x, y) of a histogram of density, in bins of their own where there are few different values."""
    steps = np.unique(np.round(values, 10))
    if len(steps) <= 60 and len(steps) > 1:
        gap = np.diff(steps).min() / 2
        edges = np.unique(np.concatenate([steps - gap, steps + gap]).round(10))
    else:
        edges = np.linspace(low, high, 51) if high > low else np.array([low - 0.5, low + 0.5])
    height = np.histogram(values, edges)[0] / (len(values) * np.diff(edges))
    x = np.concatenate([edges[:1], np.repeat(edges[1:-1], 2), edges[-1:]])
    y = np.repeat(height, 2)
    return np.concatenate([x[:1], x, x[-1:]]), np.concatenate([[0.0], y, [0.0]])


def _distribution(
    title: str, name: str, x: np.ndarray, y: np.ndarray, mean: float, more: list[dict[str, Any]]
) -> dict[str, Any]:
    area = CURVE | {
        "id": "area", "name": name, "data": _pairs(x, y), "areaStyle": {"color": faint(0, 0.25)}, "silent": True,
        "lineStyle": {"color": color(0), "width": 1}, "itemStyle": {"color": color(0)}, "markLine": _line_at(mean, "E[X]"),
    }  # fmt: skip
    room = 0.03 * (x[-1] - x[0])
    return {
        "title": HEAD | {"text": title},
        "legend": {"bottom": 0, "left": "center", "itemWidth": 18, "selectedMode": False},
        "animation": False,
        "grid": {"left": 8, "right": 12, "top": 46, "bottom": 30, "containLabel": True},
        "xAxis": {"type": "value", "min": _number(x[0] - room), "max": _number(x[-1] + room), "splitLine": {"show": False}}
        | {"axisLabel": {"showMinLabel": False, "showMaxLabel": False}, "axisLine": {"onZero": False}},
        "yAxis": {"type": "value", "min": 0, "show": False},
        "series": [area, *more],
    }  # fmt: skip


def _line_at(x: float, word: str, end: str = "end") -> dict[str, Any]:
    label = {"formatter": word, "color": GREY, "fontSize": 11, "position": end}
    style = {"color": GREY, "type": "dashed", "width": 1.5}
    return {"symbol": "none", "silent": True, "animation": False, "lineStyle": style} | {
        "data": [{"xAxis": _number(x), "label": label}]
    }


def running(result: Result) -> dict[str, Any]:
    """The mean of the first n values of five long samples, and two standard errors to both sides of the expectation."""
    counts, funnel = result.counts, 2 * result.deviation / np.sqrt(result.counts)
    drawn = [Line("running means", counts, row, 0, width=1.4) for row in result.running]
    drawn += [Line("E[X] ± 2σ/√n", counts, result.mean + sign * funnel, 1, dashed=True) for sign in (-1, 1)]
    reach = 2.2 * (result.deviation or 1.0)
    option = lines("Law of large numbers", drawn, "values n", "", None, (result.mean - reach, result.mean + reach))
    option["legend"]["data"] = ["running means", "E[X] ± 2σ/√n"]
    option["yAxis"] |= {"axisLabel": {"showMinLabel": False, "showMaxLabel": False}}
    return _log_x(option, 1, int(counts[-1]))


def errors(result: Result) -> dict[str, Any]:
    """How far the means of samples scatter, for samples of every size."""
    n, found = result.sizes.n.to_numpy(float), result.sizes.error.to_numpy()
    predicted = result.deviation / np.sqrt(n)
    drawn = [Line("σ/√n", n, predicted, 1, dashed=True), Line("counted", n, found, 0, marks=True)]
    option = _log_x(lines("Standard error", drawn, "sample size n"), 2, 100)
    low, high = (float(f"{v:.1g}") for v in (0.7 * min(found.min(), predicted.min()), 1.4 * found.max()))
    option["yAxis"] = {"type": "log", "min": low, "max": high, "splitNumber": 3}
    return option


def coverage(result: Result) -> dict[str, Any]:
    """The share of intervals that hold the expectation, for samples of every size."""
    s, n = result.settings, result.sizes.n.to_numpy(float)
    share = 100 * result.sizes.coverage.to_numpy()
    here = np.array([s.n])
    drawn = [
        Line("promised", n[[0, -1]], np.full(2, 100 * s.level), 1, dashed=True),
        Line("counted", n, share, 0),
        Line("your n", here, np.array([100 * result.holds.mean()]), 0, marks=True),
    ]
    low = float(min(share.min(), 100 * s.level))
    option = lines("Intervals that hold (%)", drawn, "sample size n", "", None, (10 * (max(low - 10, 0) // 10), 100))
    return _log_x(option, 2, 100)


def _log_x(option: dict[str, Any], low: int, high: int) -> dict[str, Any]:
    option["xAxis"] |= {"type": "log", "min": low, "max": high}
    option["title"] = HEAD | {"text": option["title"]["text"]}
    return option


def pairs(result: Result) -> dict[str, Any]:
    """The difference of two variants in one experiment, on the same seeds and on other ones."""
    p = result.pairs
    rows = [("same seeds", p.paired, p.first, 0), ("other seeds", p.unpaired, np.zeros(0), 1)]
    option = effects.dots("One experiment: B minus A", rows, "difference, in standard deviations", 1.0, "no difference")
    ends = [e for r in (p.paired, p.unpaired) for e in (r.low, r.high) if np.isfinite(e)] + [0.0, *p.first.tolist()]
    wide = max(map(abs, ends)) * 1.1
    option["xAxis"] |= {
        "min": _number(-wide),
        "max": _number(wide),
        "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
    }
    return option


def alarms(result: Result) -> dict[str, Any]:
    """How often at least one of several intervals leaves zero out though nothing differs."""
    m = np.arange(1, result.alarms.shape[1] + 1)
    plain, corrected = 100 * result.alarms
    here = result.settings.comparisons
    drawn = [
        Line("not corrected", m, plain, 1),
        Line("Bonferroni", m, corrected, 0),
        Line("if independent", m, 100 * (1 - result.settings.level**m), -1, dashed=True),
        Line("your number", np.array([here, here]), np.array([plain[here - 1], corrected[here - 1]]), 2, marks=True),
    ]
    return lines("Experiments with a false alarm (%)", drawn, "comparisons", "", (1, len(m)), (0, 100))


def _pairs(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    return [[_number(a), _number(b)] for a, b in zip(x, y, strict=True)]


def _number(v: float) -> float:
    return float(f"{v:.5g}")
