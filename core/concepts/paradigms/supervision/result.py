"""What a run shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.paradigms.supervision.settings import KINDS, RULES, Settings


@dataclass(frozen=True)
class Tree:
    """Answers to the test points under the three RULES. S: seeds."""

    costs: np.ndarray  # (3, S) mean cost of an answer
    shares: np.ndarray  # (3, S, 5) share of the answers of each of the KINDS
    changed: np.ndarray  # (S,) share of the points at which the cheapest class is not the likeliest one
    outside: np.ndarray  # (S,) share of the points whose likeliest class is not in the likeliest group
    turn: float  # cost of a wrong group from which half of those points prefer the near mistake; infinite without such points
    sweep: np.ndarray  # (3, prices) mean cost of an answer over all seeds, at each of PRICES of a wrong group
    exact: np.ndarray | None  # (3, S) mean expected cost when the true probabilities are known and used


@dataclass(frozen=True)
class Clusters:
    """The points of the first seed without their labels. A mixture is of Gaussians."""

    x: np.ndarray  # (n, 2) the points
    inertia: np.ndarray  # (R,) of k-means from several random starts: sum of squared distances to the centres
    kmeans: np.ndarray  # (R, 2) adjusted Rand index of each start with the groups and with the classes
    mixture: np.ndarray  # (2,) the same of the likeliest mixture
    centres: np.ndarray  # (k, 2) of the k-means with the lowest inertia
    means: np.ndarray  # (k, 2) of the mixture
    covariances: np.ndarray  # (k, 2, 2) of the mixture
    fields: tuple[np.ndarray, np.ndarray]  # (side, side) cluster at each place: of k-means, of the mixture
    direction: np.ndarray  # (2,) of the largest variance in the plane
    variances: np.ndarray  # (d,) eigenvalues of the covariance, the largest first; d measurements a point
    lost: float  # mean squared distance of the points, in all d measurements, from their projections on one line


@dataclass(frozen=True)
class Result:
    """One set of points, learnt from labels, from numbers, without either, and from a tree of labels."""

    settings: Settings
    x: np.ndarray  # (n, 2) training points of the first seed
    y: np.ndarray  # (n,) their classes
    number: np.ndarray  # (n,) their numbers
    axes: tuple[np.ndarray, np.ndarray]  # places of the columns and of the rows of all fields, (side,) each
    field: np.ndarray  # (side, side, C) class probabilities of the first network
    surface: np.ndarray  # (side, side) numbers predicted by the first network
    temperature: np.ndarray  # (S,) by which the logits were divided
    tree: Tree  # answers under costs
    error: np.ndarray  # (S,) root mean squared error of predicted numbers on the test points
    baseline: np.ndarray  # (S,) the same when always the mean is predicted
    clusters: Clusters  # what is found without labels
    worth: (
        np.ndarray
    )  # (2, budgets, S) test accuracy of the nearest labelled point: labels at random, at cluster centres
    fraction: float = 1.0  # share of the run that is done

    def frame(self) -> pd.DataFrame:
        """A row a seed and rule: mean cost and the shares of the answers."""
        s = self.settings
        rows = [
            {"seed": s.seed + k, "rule": rule, "cost": self.tree.costs[r, k]}
            | {f"answer {kind}": self.tree.shares[r, k, i] for i, kind in enumerate(KINDS)}
            for k in range(s.seeds)
            for r, rule in enumerate(RULES)
        ]
        return pd.DataFrame(rows)
