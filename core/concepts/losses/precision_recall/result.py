"""What a run of precision and recall shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.concepts.losses.precision_recall.settings import Settings
from core.data import tables
from core.data.tables import Table
from core.measures import AVERAGES, Ranking
from core.stats import Interval

WHOLE = ("ROC AUC", *AVERAGES)  # measures of the whole ranking, whatever the threshold


@dataclass(frozen=True)
class Result:
    """Scores of R seeds, each with its own split and its own training, and how they are judged."""

    settings: Settings
    table: Table  # the data of the first seed
    scores: tuple[tuple[np.ndarray, np.ndarray], ...]  # of each seed: y (n,) 0 or 1, and score (n,), of validation rows
    rankings: tuple[Ranking, ...]  # of each seed, at the asked share of positives
    # A row a seed and kind of rows: "judged" (validation rows at the asked share of positives), "as they come" (validation
    # rows) and "test" (at the asked share); columns WHOLE and AT_THRESHOLD, and share (of positives).
    measures: pd.DataFrame
    grid: np.ndarray  # (101,) thresholds
    by_threshold: dict[str, np.ndarray]  # precision, recall, F1 -> (R, 101) at each; NaN where it is not defined
    fraction: float = 1.0  # share of the run that is done

    @property
    def positive(self) -> str:
        """The name of the positive class."""
        return f"digit {self.settings.digit}" if self.settings.data == "digits" else "malignant"

    @cached_property
    def _columns(self) -> dict[str, dict[str, np.ndarray]]:
        """The measures by rows and name: asked for often while the threshold moves."""
        numbers = self.measures.drop(columns=["seed", "rows"])
        groups = self.measures.groupby("rows")
        return {str(k): {str(c): numbers[c][g.index].to_numpy() for c in numbers} for k, g in groups}

    def values(self, measure: str, rows: str = "judged") -> np.ndarray:
        """A measure of every seed: (R,)."""
        return self._columns[rows][measure]

    def resolution(self, measure: str) -> float | None:
        """How many rows a measure is counted on, which bounds how finely it can differ; None where it is no count."""
        if self.weighted:
            y = np.concatenate([y for y, _ in self.scores])
            positives, negatives = y.sum() / len(self.scores), (1 - y).sum() / len(self.scores)
        else:
            positives, negatives = (np.mean([getattr(r, n) for r in self.rankings]) for n in ("positives", "negatives"))
        rows = {"recall": positives, "precision": positives, "F1": positives}
        rows |= {"false positive rate": negatives, "accuracy": positives + negatives}
        return float(rows[measure]) if measure in rows else None

    @property
    def weighted(self) -> bool:
        """Whether rows carry weights, so that their sums are no counts."""
        return self.settings.share > 0 and self.settings.how == "weights"

    def confusion(self) -> np.ndarray:
        """The confusion matrix of the first seed at the threshold: (2, 2), the truth in rows and negatives first; weighted
        rows are scaled to 1,000 in all."""
        ranking = self.rankings[0]
        tp, fp = (float(v) for v in ranking.counts(self.settings.threshold))
        matrix = np.array([[ranking.negatives - fp, fp], [ranking.positives - tp, tp]])
        return 1000 * matrix / matrix.sum() if self.weighted else matrix

    def mean(self, measure: str, rows: str = "judged", level: float = 0.95) -> Interval:
        """Over the seeds in which the measure is defined."""
        v = self.values(measure, rows)
        return tables.interval(v[np.isfinite(v)], self.table, level, self.resolution(measure), (0, 1))

    def change(self, measure: str) -> Interval:
        """From the rows as they come to the asked share of positives, paired over seeds. All of WHOLE are read at once, so
        each interval is as much wider as makes all of them right together 95 times in 100 (Bonferroni)."""
        change = self.values(measure) - self.values(measure, "as they come")
        return tables.interval(np.round(change, 12) + 0.0, self.table, 1 - 0.05 / len(WHOLE))  # without rounding errors

    def frame(self) -> pd.DataFrame:
        """Every measure of the validation rows, a row a seed and kind of rows."""
        return self.measures[self.measures.rows != "test"]
