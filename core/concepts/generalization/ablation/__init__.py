"""Ablation: which components of a recipe are worth having, by removing each one and by adding each one alone.

Idea: a recipe of seven components (batch norm, dropout, augmentation, residual connections, momentum, a falling learning rate,
weight decay) is trained whole, without each component, and from the bare network with each component alone: 16 variants. Those
of one seed share training examples, start, batches and noise, so every difference is paired.
Sources: Meyes et al., "Ablation Studies in Artificial Neural Networks" (2019); Lipton and Steinhardt, "Troubling Trends in
Machine Learning Scholarship" (2018).
What to expect: on 100 MNIST digits of 14 x 14 pixels the full recipe gains some 8 points. In it the falling learning rate is
worth some 5, the rest nothing clear; alone, it and augmentation cost 15 and more, as the bare network learns
slowly. On 40 points no component is worth anything.
CPU seconds: 5 at the defaults (16 variants, 8 seeds, 80 epochs).
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from core.concepts.generalization.ablation.findings import QUESTIONS, difference, findings, score
from core.concepts.generalization.ablation.result import Result
from core.concepts.generalization.ablation.settings import PRESETS, Settings
from core.progress import Step


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Train all variants."""
    from core.concepts.generalization.ablation.experiment import run as steps

    return steps(settings)


def frame(result: Result) -> pd.DataFrame:
    """Test accuracy, a row a variant and seed."""
    seeds = result.settings.all_seeds
    rows = [(name, seed, v) for name, values in result.test.items() for seed, v in zip(seeds, values, strict=True)]
    return pd.DataFrame(rows, columns=["variant", "seed", "test accuracy"])


__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "frame", "run", "score"]
