"""Optimisers: seven rules that turn the same gradient into different steps, raced on a surface.

Idea: momentum keeps a velocity, RMSprop and Adam divide each coordinate by the usual size of its gradient, Rprop looks only at
signs. Each is torch's own. One path is an anecdote, so every optimiser also starts from a grid over the whole window.
Sources: Polyak (1964); Sutskever et al. (2013); Riedmiller and Braun (1993); Hinton (2012); Kingma and Ba (2015); Loshchilov
and Hutter (2019); torch.optim.
What to expect: on the ravine plain SGD crawls along the floor, and diverges above a rate of 0.1; momentum overshoots and still
arrives sooner; Adam and RMSprop take both directions alike. Nothing here is random.
CPU seconds: 0.03 at the defaults (3 optimisers, 150 steps), 0.3 for all seven and 500 steps.
"""

from __future__ import annotations

import pandas as pd

from core.concepts.optimization.optimizers.findings import QUESTIONS, difference, findings, score
from core.concepts.optimization.optimizers.result import Result
from core.concepts.optimization.optimizers.settings import PRESETS, Settings


def run(settings: Settings) -> Result:
    """Race the chosen optimisers; at once, since it takes less time than drawing."""
    from core.concepts.optimization.optimizers.experiment import run as race

    return race(settings)


def frame(result: Result) -> pd.DataFrame:
    """A row an optimiser and step: optimizer, step, x, y, f."""
    parts = [
        pd.DataFrame({"optimizer": n, "step": range(len(p.at)), "x": p.at[:, 0], "y": p.at[:, 1], "f": p.value})
        for n, p in result.paths.items()
    ]
    return pd.concat(parts, ignore_index=True)


__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "frame", "run", "score"]
