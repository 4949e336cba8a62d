"""One row of logits step by step, the same for a batch of four rows, and the training."""

from __future__ import annotations

import numpy as np

from core.concepts.foundations.softmax.functions import chain, ends, exact, gradient, limits
from core.concepts.foundations.softmax.result import Result
from core.concepts.foundations.softmax.settings import PRECISIONS, Settings
from core.concepts.foundations.softmax.training import train


def run(settings: Settings) -> Result:
    """Everything on the page; the training is kept while its own settings stay the same."""
    s = settings
    z = np.array(s.logits)
    batch = np.stack([z, z + s.shift, 2 * z, np.full(3, z.mean())])  # as result.ROWS names them
    return Result(
        s,
        chain(batch, s.temperature, s.truth, s.precision, s.method),
        exact(batch, s.temperature),
        gradient(z, s.temperature, s.truth),
        {name: ends(name) for name in PRECISIONS},
        {name: limits(z, s.temperature, name) for name in PRECISIONS},
        train(s.lr, s.steps, s.seeds, s.seed),
    )
