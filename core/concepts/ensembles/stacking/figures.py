"""Charts of stacking: who predicts which row when, the table of predictions, and small matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.ensembles.stacking.findings import learner_weights
from core.concepts.ensembles.stacking.result import BEST, HARD, IN, LEAKY, OUT, SOFT, STACK, Result
from core.figures.effects import dots
from core.figures.fields import blend
from core.figures.look import color
from core.figures.pairs import side_by_side

TRAINED, PREDICTED = "#CBD5DE", "#D55E00"
MAX_COLUMNS = 240


def shown(fold: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Row numbers by fold, and by class within each; of many, every so many-th."""
    at = np.lexsort((y, fold))
    return at[np.unique(np.linspace(0, len(at) - 1, MAX_COLUMNS).round().astype(int))]  # type: ignore[no-any-return]


def stripes(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Predictions p (n, B, C) and true classes y (n,) in percent, (1 + B, block, n), the truth first; NaN where there is no
    prediction yet. A block is one row for two classes, P of the second, and else C rows."""
    C = p.shape[-1]
    every = np.concatenate([np.eye(C)[y][:, None], p], 1)  # (n, 1 + B, C)
    return np.round(100 * (every[..., 1:] if C == 2 else every)).transpose(1, 2, 0)


def _rounds(edges: Sequence[int], leak: bool) -> list[dict[str, Any]]:
    """A bar a round, in three parts: the folds before its own and those after it, which it trained on, and its own, which it
    predicted. edges: where each fold begins, and the end. leak: one round that predicts all."""
    n, folds = edges[-1], np.diff([0, edges[-1]] if leak else edges)
    before = np.zeros(1, int) if leak else np.array(edges[:-1])
    own = "trained on and predicted" if leak else "predicted"
    parts = (("trained on", before, TRAINED), (own, folds, PREDICTED), ("trained on", n - before - folds, TRAINED))
    return [
        {
            "type": "bar", "name": name, "stack": "rounds", "data": wide.tolist(), "itemStyle": {"color": paint}, "barWidth": "92%",
            "tooltip": {"formatter": "{b}: {a}"}, "emphasis": {"disabled": True}, "animation": False,
        }
        for name, wide, paint in parts
    ]  # fmt: skip


def _heat(z: np.ndarray, name: str, first: int, says: str) -> dict[str, Any]:
    """Cells (rows, columns) from row `first` on of the lower grid; NaN leaves a gap."""
    data = [[int(j), int(first + i), int(z[i, j])] for i, j in np.argwhere(np.isfinite(z))]
    return {
        "type": "heatmap", "name": name, "data": data, "xAxisIndex": 1, "yAxisIndex": 1, "animation": False, "progressive": 0,
        "tooltip": {"formatter": says}, "emphasis": {"disabled": True},
    }  # fmt: skip


def table(
    fold: np.ndarray,
    p: np.ndarray | None,
    y: np.ndarray,
    bases: Sequence[str],
    classes: Sequence[str],
    title: str,
    leak: bool = False,
    chosen: int | None = None,
) -> tuple[dict[str, Any], int]:
    """ECharts options and their height. Above: a row a round, grey where it trained and orange where it predicted. Below, where p
    (n, B, C) is given: the truth, and what each base learner predicted for each training row. Columns are training rows, by fold. leak: one
    round that trained on all rows and predicts all; chosen: the fold to frame."""
    rows = shown(fold, y)
    edges = [0, *(np.flatnonzero(np.diff(fold[rows])) + 1).tolist(), len(rows)]
    series = _rounds(edges, leak)
    names = [["all rows"] if leak else [f"round {k}" for k in range(1, len(edges))]]
    tall = [22 * len(names[0])]
    option: dict[str, Any] = {}
    if p is not None:
        z = stripes(p[rows], y[rows])
        block, two = z.shape[1], len(classes) == 2
        asked = f"P({classes[1]})" if two else "P(class)"
        each = max(24, (5 if block > 4 else 10) * block)
        tall.append(each * len(z))
        # A name stands at the middle row of its block.
        names.append([who if i == block // 2 else "" for who in ("truth", *bases) for i in range(block)])
        for b, who in enumerate(("truth", *bases)):
            series.append(_heat(z[b], who, b * block, f"{{a}}: {asked} = {{@[2]}} %"))
        share = np.linspace(0, 1, 9)
        mixed = blend(np.stack([1 - share, share], -1))
        ramp = ["rgb({},{},{})".format(*map(int, c)) for c in mixed] if two else ["#F3F6F9", color(0)]
        option["visualMap"] = {
            "type": "continuous", "min": 0, "max": 100, "inRange": {"color": ramp}, "show": False, "dimension": 2,
            "seriesIndex": [i for i, s in enumerate(series) if s["type"] == "heatmap"],
        }  # fmt: skip
    if chosen is not None and not leak:
        start, end = edges[chosen], edges[chosen + 1]
        frame = {"borderColor": "#222222", "borderWidth": 2.5, "color": "rgba(0,0,0,0)"}
        area = {"silent": True, "animation": False, "itemStyle": frame, "z": 9}
        # On a series of its own, which can lie above the cells. Of cells the last one is named, of bars where it ends.
        series += [
            {"type": "scatter", "data": [], "xAxisIndex": i, "yAxisIndex": i, "z": 9,
             "markArea": area | {"data": [[{"xAxis": start}, {"xAxis": end - i}]]}}
            for i in range(len(tall))
        ]  # fmt: skip
    bare = {"axisTick": {"show": False}, "axisLine": {"show": False}, "splitLine": {"show": False}}
    option |= {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "tooltip": {"trigger": "item"},
        "grid": [
            {"left": 84, "right": 12, "top": 34, "height": tall[0]},
            *({"left": 84, "right": 12, "top": 34 + tall[0] + 16, "height": h} for h in tall[1:]),
        ],
        "xAxis": [
            bare | {
                "gridIndex": i, "axisLabel": {"show": False}, "name": "training rows, by fold and class" if i == len(tall) - 1 else "",
                "nameLocation": "middle", "nameGap": 12,
            } | ({"type": "category", "data": [int(r) + 1 for r in rows]} if i else {"type": "value", "min": 0, "max": len(rows)})
            for i in range(len(tall))
        ],
        "yAxis": [
            bare | {"type": "category", "gridIndex": i, "data": n, "inverse": True, "axisLabel": {"interval": 0, "fontSize": 12}}
            for i, n in enumerate(names)
        ],
        "series": series,
    }  # fmt: skip
    return option, 34 + sum(tall) + 16 * len(tall) + 24


def _look(figure: go.Figure, title: str, height: int) -> go.Figure:
    return figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 40, "b": 8}, height=height
    )


def matrix(
    z: np.ndarray, rows: Sequence[str], columns: Sequence[str], title: str, x_name: str, y_name: str, digits: int = 0,
    around_zero: bool = False, dark: bool = False,
) -> go.Figure:  # fmt: skip
    """Numbers (rows, columns) written on their colours."""
    paper = "#1A232D" if dark else "#F3F6F9"
    top = float(np.abs(z).max()) or 1.0
    scale = [[0, color(1)], [0.5, paper], [1, color(0)]] if around_zero else [[0, paper], [1, color(0)]]
    figure = go.Figure(
        go.Heatmap(
            z=np.round(z, 3), x=list(columns), y=list(rows), zmin=-top if around_zero else 0, zmax=top, colorscale=scale,
            showscale=False, texttemplate=f"%{{z:.{digits}f}}", hovertemplate=f"%{{y}}, %{{x}}: %{{z:.{digits + 1}f}}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title={"text": x_name}, type="category")
    figure.update_yaxes(title={"text": y_name}, type="category", autorange="reversed", automargin=True)
    return _look(figure, title, 360)


def table_of(result: Result, leak: bool, chosen: int | None = None) -> tuple[dict[str, Any], int]:
    """The predictions that the meta-learner is trained on; chosen: the fold to frame."""
    kind = IN if leak else OUT
    title = f"Input of the meta-learner: {kind} predictions"
    y, s = result.table.train.y, result.settings
    return table(result.fold, result.predictions[kind], y, s.bases, result.table.classes, title, leak, chosen)


def errors_saved(result: Result) -> dict[str, Any]:
    """How many errors fewer the stack makes than each other model."""
    others = [*result.settings.bases, BEST, SOFT, HARD, LEAKY]
    rows = [(name, result.saved(name), result.error(name) - result.error(STACK), 0) for name in others]
    return dots("Errors the stack saves, compared with", rows, "points of validation error", zero="no difference")


def weights(result: Result) -> go.Figure:
    """Weights of the meta-learner, trained on out-of-fold and on in-sample predictions."""
    return side_by_side(learner_weights(result), "Weights of the meta-learner", "weight")


def shared_errors(result: Result, dark: bool) -> go.Figure:
    """Of the rows that one base learner misclassifies, the share that another one misclassifies too."""
    names = result.settings.bases
    title, x_name, y_name = "Errors in common (%)", "also misclassified by", "rows misclassified by"
    return matrix(100 * result.shared.mean(0), names, names, title, x_name, y_name, dark=dark)


def weights_by_class(result: Result, dark: bool) -> go.Figure:
    """Weight of each base learner for each class."""
    s = result.settings
    title = "Weight of each base learner for each class"
    return matrix(result.class_weights(OUT), s.bases, result.table.classes, title, "class", "", 1, True, dark)


def fields_of_fold(
    result: Result, leak: bool, fold: int
) -> tuple[dict[str, np.ndarray], tuple[np.ndarray, np.ndarray], dict[str, str]]:
    """Of each base learner: what it predicts in the plane, trained without a fold (from 1 on) or, with the leak, on all rows;
    the points it is asked about; and a caption with the share it misclassifies."""
    assert result.fold_fields is not None
    x, y = result.table.train
    asked = slice(None) if leak else result.fold == fold - 1
    predicted = result.predictions[IN if leak else OUT][asked].argmax(-1)  # (rows, B)
    fields, captions = {}, {}
    for b, name in enumerate(result.settings.bases):
        fields[name] = result.fields[name] if leak else result.fold_fields[fold - 1, b]
        captions[name] = f"{name}: {100 * (predicted[:, b] != y[asked]).mean():.0f} %"
    return fields, (x[asked], y[asked]), captions


def error_captions(result: Result) -> dict[str, str]:
    """Validation error of every model, for the caption of its field."""
    return {name: f"{name}: {100 * result.error(name).mean():.1f} %" for name in result.models}
