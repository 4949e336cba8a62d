"""What a training with a planted bug shows, and its healthy twin, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.practice.debugging.settings import VALIDATION, Settings
from core.stats import Interval, mean_interval

LAYERS = ("hidden 1", "hidden 2", "output")
PLANTED, TWIN = "this training", "healthy twin"


@dataclass(frozen=True)
class History:
    """What one training loop measures after every epoch, for each seed; NaN where it has not come yet."""

    train_loss: np.ndarray  # (seeds, epochs) mean over the batches of an epoch, in training mode
    train_score: np.ndarray  # (seeds, epochs) accuracy or R² over the same batches
    loss: np.ndarray  # (seeds, epochs) on the validation rows, as the loop evaluates them
    score: np.ndarray  # (seeds, epochs) accuracy or R² on the validation rows
    gradients: np.ndarray  # (seeds, epochs, 3) norm of the gradient of each layer's weights, mean over the steps
    change: np.ndarray  # (seeds, epochs, 3) distance of each layer's weights from their start, in norms of the start


@dataclass(frozen=True)
class Evidence:
    """What the instruments show after the training of the first seed."""

    held: tuple[
        tuple[str, tuple[int, ...], bool], ...
    ]  # name and shape of each parameter, whether the optimiser has it
    lr: float  # learning rate that the optimiser has
    shapes: dict[str, tuple[int, ...]]  # tensors of one training step -> their shapes
    modes: dict[str, tuple[bool, bool]]  # module -> its `training` flag in a training step and in an evaluation
    first: np.ndarray  # (validation rows, outputs) raw outputs, as the loop evaluates
    second: np.ndarray  # (validation rows, outputs) the same rows evaluated again
    targets: np.ndarray  # (validation rows,) classes, or standardised numbers
    normalised: np.ndarray  # (B * width,) what the first batch norm makes of a training batch, before scale and shift
    means: np.ndarray  # (inputs,) mean of each input over the training rows, as the network gets them
    inputs: np.ndarray  # digits: (8, 8, 8) training pictures; diabetes: (rows,) body mass index of the training rows
    labels: np.ndarray  # what stands in y for them: classes, or standardised numbers


@dataclass(frozen=True)
class Result:
    """The training with the bug and, once it is trained, its twin without."""

    settings: Settings
    fraction: float  # share of the run that is done
    epoch: int  # epochs of the training with the bug that are done
    histories: dict[str, History]  # this training, healthy twin
    evidence: Evidence | None  # None until the training has ended

    @property
    def complete(self) -> bool:
        return self.evidence is not None

    @property
    def bug(self) -> str:
        return self.settings.bug

    @property
    def classes(self) -> bool:
        return self.settings.data == "digits"

    def last(self, metric: str = "score", name: str = PLANTED) -> np.ndarray:
        """A measurement of every seed after the last epoch that is done."""
        values: np.ndarray = getattr(self.histories[name], metric)
        return values[:, self.epoch - 1 if name == PLANTED else -1]

    @property
    def effect(self) -> Interval:
        """Validation score of this training minus that of the twin, paired over seeds."""
        rows = VALIDATION["digits"] if self.classes else None
        return mean_interval(self.last() - self.last(name=TWIN), rows=rows, bounds=(-1, 1) if self.classes else None)

    def frame(self) -> pd.DataFrame:
        """A row a seed and epoch of the training on show; nothing of the twin, which would tell."""
        history, s = self.histories[PLANTED], self.settings
        seeds, epochs = history.loss.shape
        index = pd.MultiIndex.from_product(
            [range(s.first_seed, s.first_seed + seeds), range(1, epochs + 1)], names=["seed", "epoch"]
        )
        metrics = ("train_loss", "train_score", "loss", "score")
        return pd.DataFrame({m: getattr(history, m).ravel() for m in metrics}, index=index).dropna().reset_index()
