"""The curves of the losses on view, and the experiment of their kind."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd
import torch

from core.concepts.losses.losses.classifiers import train_classifiers
from core.concepts.losses.losses.functions import bind, gradient
from core.concepts.losses.losses.lines import draw_points, fit_every_loss
from core.concepts.losses.losses.result import Result
from core.concepts.losses.losses.settings import PARAMETERS, PLACES, Settings

Bound = tuple[tuple[str, tuple[tuple[str, float], ...]], ...]  # losses with the values of their parameters


def run(settings: Settings) -> Result:
    """The curves, the pulls, and what the experiment of this kind gives."""
    s = settings
    drawn = curves(s)
    pulls = {name: pull(name, s) for name in s.chosen} if s.family in PLACES else {}
    values = vars(s)
    if s.family == "regression":
        points = draw_points(s)
        # The root of a mean is smallest where the mean is: RMSE is fitted as MSE.
        losses = {name: bind("MSE" if name == "RMSE" else name, values) for name in s.fitted}
        return Result(s, drawn, pulls, fit_every_loss(losses, {"MAE": 0.5, "quantile": s.q}, points, s.seed), points)
    if s.family == "classification":
        two: dict[str, Any] = {**values, "classes": 2}  # whatever the axis shows, the moons have two classes
        bound = tuple((name, tuple((p, two[p]) for p in PARAMETERS.get(name, ()))) for name in s.fitted)
        return Result(s, drawn, pulls, _trained(bound, s.examples, s.flips, s.width, s.steps, s.seeds, s.seed))
    return Result(s, drawn, pulls)


def curves(settings: Settings, points: int = 401) -> pd.DataFrame:
    """Value and gradient of every loss on view. An odd number of points, so that 0 is one of them."""
    s = settings
    ends = {"embedding": (0.0, 2.0), "overlap": (0.0, min(1.0, s.size))}
    x = torch.linspace(*ends.get(s.family, (-s.span, s.span)), points, dtype=torch.float64)
    frames = []
    for name in s.chosen:
        loss = bind(name, vars(s))
        frames.append(pd.DataFrame({"name": name, "x": x, "value": loss(x), "gradient": gradient(loss, x)}))
    return pd.concat(frames, ignore_index=True)


def pull(name: str, settings: Settings) -> tuple[float, float]:
    """The size of a loss's gradient at the two PLACES of its kind."""
    places = torch.tensor(PLACES[settings.family], dtype=torch.float64)
    one, two = gradient(bind(name, vars(settings)), places).abs().tolist()
    return one, two


@lru_cache(maxsize=32)
def _trained(bound: Bound, *how: Any) -> pd.DataFrame:
    """Trainings already done are kept by what they depend on, so that a slider of the axis trains nothing."""
    return train_classifiers({name: bind(name, dict(parameters)) for name, parameters in bound}, *how)
