"""Charts of a run."""

from __future__ import annotations

from typing import Any

from core.concepts.practice.debugging.result import Result
from core.figures.look import color


def means(result: Result) -> dict[str, Any]:
    """The mean of each sample, as Apache ECharts options."""
    points = [[result.settings.seed + i, float(mean)] for i, mean in enumerate(result.means)]
    return {
        "title": {"text": "Mean of each sample", "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "xAxis": {"type": "value", "name": "seed", "nameLocation": "middle", "nameGap": 24, "minInterval": 1},
        "yAxis": {"type": "value", "name": "mean"},
        "grid": {"left": 8, "right": 16, "top": 60, "bottom": 34, "containLabel": True},
        "series": [{"type": "scatter", "data": points, "itemStyle": {"color": color(0)}, "animation": False}],
    }
