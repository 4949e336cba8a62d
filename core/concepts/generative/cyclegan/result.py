"""What both kinds of generator show, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.generative.cyclegan.settings import ARMS, LEVELS, TRANSPOSED, UPSAMPLE, Settings
from core.stats import Interval, mean_interval

ByArm = dict[str, np.ndarray]  # "upsample" and "transposed"


@dataclass(frozen=True)
class Result:
    """Both kinds of generator from the same random seeds, as far as they are trained. What only a complete run has is empty until
    then. Distances are mean absolute differences of pixel values, as shares of the range from black to white."""

    settings: Settings
    step: int  # training steps that are done
    history: (
        pd.DataFrame
    )  # a row a step: arm, seed, step, each of LOSSES, and board (share of power in one-pixel stripes)
    measured: pd.DataFrame  # a row a measurement on test pictures: arm, seed, step and distances; see `measure`
    pictures: ByArm  # the eight of NAMES: (seeds, 8, shown, SIDE, SIDE, 3) uint8
    stages: ByArm  # fake_B at some steps (stages, seeds, shown, SIDE, SIDE, 3) uint8
    stage_steps: tuple[int, ...]  # the steps of these stages
    paired: bool  # whether the true partner of a test picture is known
    needed: float  # distance from real_A to its true partner; without one, to any real_B
    response: ByArm = field(
        default_factory=dict
    )  # change of rec_A for each of LEVELS of noise on fake_B (seeds, levels)
    disturbed: ByArm = field(
        default_factory=dict
    )  # fake_B with that noise, and its rec_A: (seeds, levels, 2, shown, SIDE, SIDE, 3)
    closed: ByArm = field(
        default_factory=dict
    )  # share of the gap between the spectra of A and B that fake_B closes (seeds,)

    @property
    def complete(self) -> bool:
        return bool(self.response)

    @property
    def fraction(self) -> float:
        """Share of the run that is done."""
        return 1.0 if self.complete else 0.95 * self.step / self.settings.steps

    @property
    def runs(self) -> int:
        """How many CycleGANs were trained."""
        return len(ARMS) * self.settings.seeds

    def final(self, arm: str, column: str) -> np.ndarray:
        """A column of the latest measurement: (seeds,)."""
        rows = self.measured[(self.measured.arm == arm) & (self.measured.step == self.measured.step.max())]
        values: np.ndarray = rows.sort_values("seed")[column].to_numpy(float)
        return values

    def mean(self, column: str) -> np.ndarray:
        """The same, as the mean over both kinds of generator: (seeds,)."""
        both: np.ndarray = np.mean([self.final(arm, column) for arm in ARMS], axis=0)
        return both

    def gain(self) -> Interval:
        """How much closer fake_B is to its true partner than real_A is."""
        return mean_interval(self.needed - self.mean("error"), bounds=(-1, 1))

    def wrong(self) -> int:
        """How many runs have not found the map: fake_B shares less than half of its variance with its true partner, which is a
        correlation below the root of one half."""
        return sum(int((self.final(arm, "likeness") < 0.5**0.5).sum()) for arm in ARMS)

    def amplified(self) -> Interval:
        """By how many steps rec_A changes on average when every value of fake_B changes by one step."""
        return mean_interval(np.mean([self.response[arm][:, LEVELS.index(1)] for arm in ARMS], axis=0))

    def board(self, arm: str, late: bool) -> np.ndarray:
        """Share of the power of generated pictures in one-pixel stripes: of untrained generators, or over the last ten steps."""
        last = int(self.history.step.max())
        rows = self.history[
            (self.history.arm == arm) & (self.history.step > last - 10 if late else self.history.step == 1)
        ]
        shares: np.ndarray = rows.groupby("seed").board.mean().to_numpy(float)
        return shares

    def board_ratio(self, late: bool) -> Interval:
        """Natural logarithm of the ratio of these shares, transposed to upsample; both intervals, untrained and trained, are right
        at once 95 times in 100."""
        shares = [np.log(np.maximum(self.board(arm, late), 1e-9)) for arm in (TRANSPOSED, UPSAMPLE)]
        return mean_interval(shares[0] - shares[1], 1 - 0.05 / 2)

    def frame(self) -> pd.DataFrame:
        """Every loss at every step and every measurement, a row each."""
        keys = ["arm", "seed", "step"]
        tables = [t.melt(keys, var_name="metric") for t in (self.history, self.measured)]
        return pd.concat(tables, ignore_index=True).dropna()
