"""A damaged picture and what the operators make of it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.images.processing.settings import FEATURES, Settings


@dataclass(frozen=True)
class Score:
    """How like the original a picture is."""

    ssim: float  # structural similarity, 1 for the same picture
    psnr: float  # peak signal-to-noise ratio in decibels, infinite for the same picture


@dataclass(frozen=True)
class Result:
    """A run of the pipeline. Pictures are (side, side) in [0, 1]."""

    settings: Settings
    original: np.ndarray  # the picture before the damage
    damaged: np.ndarray  # the picture after it
    steps: tuple[np.ndarray, ...]  # after each operator
    # What the damaged picture and the steps are compared with: the original; where edges are looked for, the same operators
    # applied to the original.
    targets: tuple[np.ndarray, ...]
    scores: tuple[Score, ...]  # of the damaged picture and of each step
    par: Score  # of the best of some short pipelines, see PARS
    par_pipeline: tuple[str, ...]  # its operators
    alone: dict[str, Score]  # each smoothing filter alone on the damaged picture
    reverse: Score | None  # of the operators in reverse order; None for fewer than two, or where edges are looked for
    again: float  # the largest change of a pixel when the last operator is applied once more; 0 without operators
    element: np.ndarray  # the structuring element, 0 and 1
    fraction: float = 1.0  # share of the run that is done

    @property
    def final(self) -> np.ndarray:
        return self.steps[-1] if self.steps else self.damaged

    @property
    def features(self) -> bool:
        """Whether the pipeline looks for edges or details rather than repairing."""
        return any(name in FEATURES for name in self.settings.pipeline)

    def frame(self) -> pd.DataFrame:
        """A row a step: its operator, SSIM and PSNR in dB."""
        rows = [
            (name, s.ssim, s.psnr) for name, s in zip(("damaged", *self.settings.pipeline), self.scores, strict=True)
        ]
        return pd.DataFrame(rows, columns=["step", "ssim", "psnr"])
