"""Distributions in the plane that a generator is to imitate, and how much of one it has found.

A distribution is a mixture of round Gaussians of one standard deviation `sigma` around its `centres` (m, 2). Each centre belongs to a
mode: on a ring and on a grid every centre is one, of a drawing each part of a stroke.
"""

import numpy as np
from scipy.spatial import KDTree
from sklearn.cluster import KMeans

from core.data.drawn import scatter

RADIUS = 2.0  # of the ring; half the side of the grid
PARTS = 8  # that a drawing is divided into
FAIR = 0.25  # the share of its due with which a mode counts as covered


def mixture(name: str, modes: int, side: int, strokes: str) -> tuple[np.ndarray, np.ndarray]:
    """Centres (m, 2) float32 and the number of the mode (m,) int64 that each belongs to: a ring of `modes`, a grid of side x side, or
    the strokes of a drawing."""
    if name == "ring":
        angle = 2 * np.pi * np.arange(modes) / modes
        centres = RADIUS * np.column_stack([np.cos(angle), np.sin(angle)])
    elif name == "grid":
        line = np.linspace(-RADIUS, RADIUS, side)
        centres = np.column_stack([a.ravel() for a in np.meshgrid(line, line)])
    else:
        centres = 1.5 * scatter(strokes, 400, 0.0, 0, labels=1)[0]
        few = min(PARTS, len(np.unique(centres, axis=0)))
        mode = KMeans(few, n_init=1, random_state=0).fit_predict(centres.astype(np.float64))
        return centres.astype(np.float32), mode.astype(np.int64)
    return centres.astype(np.float32), np.arange(len(centres))


def coverage(x: np.ndarray, centres: np.ndarray, mode: np.ndarray, sigma: float) -> tuple[np.ndarray, float]:
    """What samples x (n, 2) have found: which modes are covered (modes,) bool, and the share of samples of high quality.

    A sample is of high quality within 3 sigma of a centre. A mode is covered when at least a quarter of its due, which is its share
    of the centres, are samples of high quality nearest to it. Samples that are not finite are nowhere.
    """
    x = np.where(np.isfinite(x), x, 1e6)
    distance, nearest = KDTree(centres).query(x)
    good = distance <= 3 * sigma
    due = np.bincount(mode) / len(mode)
    found = np.bincount(mode[nearest[good]], minlength=len(due)) / len(x)
    return found >= FAIR * due, float(good.mean())
