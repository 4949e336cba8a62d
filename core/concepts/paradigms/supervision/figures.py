"""Pictures of what is learnt, and charts of what it costs and what labels are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import ImageDraw

from core.concepts.paradigms.supervision.decisions import answers, cost_matrix
from core.concepts.paradigms.supervision.findings import CHEAPEST, CLASS, NODE, best_start, budget
from core.concepts.paradigms.supervision.regions import (
    answer_background,
    class_colors,
    finished,
    light,
    named,
    number_colors,
    paint,
    pixels,
    spread,
)
from core.concepts.paradigms.supervision.result import Result
from core.concepts.paradigms.supervision.settings import BUDGETS, GROUPS, NAMES, PRICES
from core.figures import bars
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines
from core.figures.look import GREY, color, rgb

RULE_NAMES = ("likeliest class", "cheapest class", "cheapest node")
KIND_NAMES = ("right class", "right group", "do not know", "near mistake", "wrong group")
KIND_COLORS = (color(2), "#8FCDB8", "#B9C1C9", color(4), color(1))
LETTERS = "ABC"


def points_key(result: Result) -> tuple[Any, ...]:
    """What the pictures that know no costs depend on."""
    s = result.settings
    return s.data, s.strokes, s.noise, s.n, s.steps, s.calibrated, s.clusters, s.seeds, s.seed


def still(result: Result) -> dict[str, np.ndarray]:
    """The pictures in which no cost counts, by name, (SIZE, SIZE, 3) uint8 each."""
    r, c = result, result.clusters
    low, high = np.quantile(r.number, [0.02, 0.98])
    dots = class_colors(r.settings.data)[r.y]
    grey = np.full((len(c.x), 3), 96.0)
    labels = paint(answer_background(r.field.argmax(-1), r.settings.data), r.axes, r.x, dots)
    cells = light(number_colors(r.surface, low, high), 0.7)
    numbers = paint(spread(cells), r.axes, r.x, number_colors(r.number, low, high))
    tints = light(np.array([rgb(k) for k in range(r.settings.clusters)], float), 0.4)
    kmeans, mixture = (paint(spread(tints[field]), r.axes, c.x, grey) for field in c.fields)
    pen = ImageDraw.Draw(kmeans)
    for a, b in pixels(c.centres, r.axes).tolist():
        pen.line((a - 11, b, a + 11, b), "#1A232D", 7)
        pen.line((a, b - 11, a, b + 11), "#1A232D", 7)
    angle = np.linspace(0, 2 * np.pi, 49)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    for mean, covariance in zip(c.means, c.covariances, strict=True):
        ring = mean + 2 * circle @ np.linalg.cholesky(covariance).T
        ImageDraw.Draw(mixture).line([tuple(p) for p in pixels(ring, r.axes).tolist()], "#1A232D", 4)
    blank = np.full((2, 2, 3), 244.0)
    pca, middle = paint(spread(blank), r.axes, c.x, grey), c.x.mean(0)
    feet = middle + np.outer((c.x - middle) @ c.direction, c.direction)
    pen = ImageDraw.Draw(pca)
    for one, foot in zip(pixels(c.x, r.axes).tolist(), pixels(feet, r.axes).tolist(), strict=True):
        pen.line((*one, *foot), "#E0A58A", 2)
    reach = 10 * c.direction
    ends = pixels(np.stack([middle - reach, middle + reach]), r.axes)
    pen.line([tuple(p) for p in ends.tolist()], rgb(0), 7)
    for a, b in pixels(c.x, r.axes).tolist():
        pen.ellipse((a - 6, b - 6, a + 6, b + 6), (96, 96, 96), "white")
    drawn = {"labels": labels, "numbers": numbers, "kmeans": kmeans, "mixture": mixture, "pca": pca}
    return {name: finished(canvas) for name, canvas in drawn.items()}


def tree(result: Result, rule: int = NODE) -> np.ndarray:
    """What is answered at each place under a rule, with the groups' names: (SIZE, SIZE, 3) uint8."""
    s = result.settings
    cost = cost_matrix(GROUPS[s.data], s.far, s.near, s.inner, s.root)
    background = answer_background(answers(result.field, cost)[rule], s.data)
    canvas = paint(background, result.axes, result.x, class_colors(s.data)[result.y])
    own = np.asarray(GROUPS[s.data])[result.y]
    named(
        canvas,
        result.axes,
        LETTERS[: own.max() + 1],
        np.stack([result.x[own == g].mean(0) for g in range(own.max() + 1)]),
    )
    return finished(canvas)


def cheapest_class(result: Result) -> np.ndarray:
    """The same where only classes may be answered."""
    return tree(result, CHEAPEST)


def sweep(result: Result) -> dict[str, Any]:
    """The mean cost of an answer against the cost of a wrong group."""
    t, x = result.tree, np.array(PRICES)
    hues = {CLASS: 1, CHEAPEST: 4, NODE: 0}
    drawn = [
        Line(RULE_NAMES[r], x, t.sweep[r], hues[r], dashed=r == CHEAPEST, width=3 if r == NODE else 2) for r in hues
    ]
    here = np.full(2, result.settings.far)
    drawn.append(Line("your cost", here, t.costs[[CLASS, NODE]].mean(1), -1, marks=True))
    option = lines("Mean cost of an answer", drawn, "cost of a wrong group", "", (1, 20), (0, _above(t.sweep.max())))
    option["xAxis"]["axisLabel"] = {"showMaxLabel": True}
    return option


def _above(v: float) -> float:
    """A round number at or above v."""
    power = 10.0 ** np.floor(np.log10(max(v, 1e-6)))
    return float(next(m * power for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if m * power >= v * (1 - 1e-9)))


def kinds(result: Result) -> dict[str, Any]:
    """How the answers of each rule turn out, in percent of the test points."""
    shares = 100 * result.tree.shares.mean(1)
    series = [
        {"name": name, "type": "bar", "stack": "all", "barCategoryGap": "30%", "animation": False, "itemStyle": {"color": paint},
         "data": [round(float(v), 2) for v in shares[:, i]]}
        for i, (name, paint) in enumerate(zip(KIND_NAMES, KIND_COLORS, strict=True))
    ]  # fmt: skip
    return {
        "title": {"text": "How the answers turn out", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": list(KIND_NAMES), "bottom": 0, "left": "center", "itemWidth": 18, "selectedMode": False},
        "grid": {"left": 8, "right": 20, "top": 36, "bottom": 90, "containLabel": True},
        "tooltip": {"trigger": "item", "valueFormatter": "%.1f %%"},
        "xAxis": {"type": "value", "max": 100, "name": "test points (%)", "nameLocation": "middle", "nameGap": 24},
        "yAxis": {"type": "category", "data": [n.replace(" ", "\n") for n in RULE_NAMES], "inverse": True, "axisTick": {"show": False}},
        "series": series, "animation": False,
    }  # fmt: skip


def matrix(result: Result) -> dict[str, Any]:
    """The cost of each answer for each true class."""
    s = result.settings
    cost = cost_matrix(GROUPS[s.data], s.far, s.near, s.inner, s.root)
    names = [n[:4] for n in NAMES[s.data]]
    given = [*names, *LETTERS[: max(GROUPS[s.data]) + 1], "?"]
    top = float(cost.max()) or 1.0
    data = []
    for i, row in enumerate(cost):
        for j, v in enumerate(row):
            word = {"color": "#FFFFFF" if v > 0.6 * top else "#1A232D"}
            data.append({"value": [j, i, round(float(v), 2)], "label": word})
    axis = {"type": "category", "splitLine": {"show": False}, "axisTick": {"show": False}, "nameLocation": "middle"}
    return {
        "title": {"text": "Cost of each answer", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "animation": False, "grid": {"left": 26, "right": 8, "top": 34, "bottom": 40, "containLabel": True},
        "visualMap": {"min": 0, "max": top, "show": False, "inRange": {"color": ["#F4F6F8", "#F6C9A8", color(1)]}},
        "xAxis": axis | {"data": given, "name": "answer", "nameGap": 24, "axisLabel": {"interval": 0, "fontSize": 11}},
        "yAxis": axis | {"data": names, "name": "true class", "nameGap": 34, "inverse": True, "axisLabel": {"interval": 0, "fontSize": 11}},
        "series": [{"type": "heatmap", "data": data, "silent": True, "animation": False, "label": {"show": True, "fontSize": 10},
                    "itemStyle": {"borderColor": "#FFFFFF", "borderWidth": 1}}],
    }  # fmt: skip


def agreement(result: Result) -> dict[str, Any]:
    """How well the clusters agree with groups and classes."""
    c = result.clusters
    found = np.stack([c.kmeans[best_start(result)], c.mixture])
    parts = [
        bars.series(found[:, i], color(hue), name) for i, (name, hue) in enumerate((("groups", 0), ("classes", 4)))
    ]
    option = bars.options("Agreement with labels never seen", "", "adjusted Rand index", ["k-means", "mixture"], parts)
    option["yAxis"] |= {"max": 1, "min": min(0.0, float(np.floor(10 * found.min()) / 10))}
    return option


def worth(result: Result) -> dict[str, Any]:
    """Test accuracy with a few labels, at random and at the centres of clusters."""
    x, drawn = np.array(BUDGETS, float), []
    for name, hue, v in (("labels at cluster centres", 0, result.worth[1]), ("labels at random", 1, result.worth[0])):
        drawn.append(Curve(name, x, v.mean(1), v.min(1), v.max(1), hue))
    option = curves("Accuracy with a few labels (%)", drawn, "labelled points", percent=True)
    here = {"xAxis": BUDGETS[budget(result)], "label": {"show": False}}
    line = {
        "symbol": "none",
        "silent": True,
        "animation": False,
        "data": [here],
        "lineStyle": {"color": GREY, "type": "dashed"},
    }
    option["series"][-1]["markLine"] = line
    option["yAxis"]["max"] = "dataMax"
    return option
