"""Stacking drawn: who predicts which row when, the table of predictions, weights of two kinds side by side, small matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.fields import blend
from core.figures.look import GREY, color, faint
from core.stats import Interval

IDLE, BUSY = "#CBD5DE", "#D55E00"
MOST = 240  # columns drawn


def shown(fold: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Row numbers by fold, and by class within each; of many, every so many-th."""
    at = np.lexsort((y, fold))
    return at[np.unique(np.linspace(0, len(at) - 1, MOST).round().astype(int))]  # type: ignore[no-any-return]


def stripes(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Answers p (n, B, C) and truth y (n,) in percent, (1 + B, block, n), the truth first; NaN where there is no answer yet. A
    block is one row for two classes, P of the second, and else C rows."""
    C = p.shape[-1]
    every = np.concatenate([np.eye(C)[y][:, None], p], 1)  # (n, 1 + B, C)
    return np.round(100 * (every[..., 1:] if C == 2 else every)).transpose(1, 2, 0)


def _rounds(edges: Sequence[int], leak: bool) -> list[dict[str, Any]]:
    """A bar a round, in three parts: the folds before its own and those after it, which it trained on, and its own, which it
    predicted. edges: where each fold begins, and the end. leak: one round that predicts all."""
    n, folds = edges[-1], np.diff([0, edges[-1]] if leak else edges)
    before = np.zeros(1, int) if leak else np.array(edges[:-1])
    own = "trained on and predicted" if leak else "predicted"
    parts = (("trained on", before, IDLE), (own, folds, BUSY), ("trained on", n - before - folds, IDLE))
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
    (n, B, C) is given: the truth, and what each base said of each training row. Columns are training rows, by fold. leak: one
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


def side_by_side(rows: Mapping[str, Mapping[str, tuple[Interval, np.ndarray]]], title: str, x_name: str) -> go.Figure:
    """A row a name, and in it a line a kind: faint ticks for single seeds, a dot and a bar for mean and interval. rows: name -> kind ->
    (interval, values)."""
    figure = go.Figure()
    kinds = list(next(iter(rows.values())))
    for k, kind in enumerate(kinds):
        y = np.arange(len(rows)) + 0.26 * (k - (len(kinds) - 1) / 2)
        all_ = [row[kind] for row in rows.values()]
        figure.add_scatter(
            x=np.concatenate([v for _, v in all_]), y=np.repeat(y, [len(v) for _, v in all_]), mode="markers", showlegend=False,
            marker={"color": faint(k, 0.35), "size": 9, "symbol": "line-ns-open", "line": {"width": 1.5}}, hoverinfo="skip",
        )  # fmt: skip
        mean = np.array([i.mean for i, _ in all_])
        figure.add_scatter(
            x=mean, y=y, mode="markers", name=kind, marker={"color": color(k), "size": 10, "symbol": ("circle", "diamond")[k % 2]},
            error_x={"type": "data", "array": np.nan_to_num([i.high - i.mean for i, _ in all_]), "thickness": 2.5, "width": 6, "color": color(k)},
            text=[i.text(digits=2) for i, _ in all_], hovertemplate=f"{kind}: %{{text}}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dot"})
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        range=[len(rows) - 0.5, -0.5],
        zeroline=False,
        automargin=True,
    )
    figure.update_xaxes(title={"text": x_name}, zeroline=False)
    figure.update_layout(legend={"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0})
    return _look(figure, title, 360)


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
