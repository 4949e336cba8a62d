"""Tensors and broadcasting: shapes that stretch, sums that remove an axis, and a shape that fits by mistake.

Idea: PyTorch writes two shapes one above the other from the right; a size of 1, or a missing axis, is stretched. This is
handy and silent: predictions (n, 1) minus targets (n,) give (n, n), and a network trained on that learns the mean.
Sources: the broadcasting semantics of PyTorch's documentation; Harris et al., "Array programming with NumPy" (2020).
What to expect: with the silent loss every network predicts nearly a constant; the error on a sine is that of its mean.
CPU seconds: 0.2 when the networks are trained (16 in one stack, 200 steps), 0.005 for any change of a shape.
"""

import lazy_loader

from core.concepts.foundations.tensors.findings import QUESTIONS, difference, findings, score
from core.concepts.foundations.tensors.result import Result
from core.concepts.foundations.tensors.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
