"""Points in the plane, made to order: two moons, two circles, two spirals, XOR and three blobs.

Each generator stands alone under `import numpy as np` and
`from sklearn.datasets import make_blobs, make_circles, make_moons`, so that its very source goes into an exported
script. All give x (n, 2) float32, centred and mostly within [-1.5, 1.5] so that a network trains on them as they
are, and y (n,) int64. `noise` runs from 0 (clean) to 0.5 (the classes overlap); 0.2 is usual.

Sources: scikit-learn's make_moons, make_circles, make_blobs; the spiral and XOR follow tensorflow/playground.
"""

from collections.abc import Callable

import numpy as np
from sklearn.datasets import make_blobs, make_circles, make_moons

PointGenerator = Callable[[int, float, int], tuple[np.ndarray, np.ndarray]]

MIN_POINTS, MAX_POINTS = 40, 5000
MAX_NOISE = 0.5


def moons(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles, each reaching into the other: (n, 2) float32 points and (n,) int64 classes 0 and 1."""
    x, y = make_moons(n, noise=noise, random_state=seed)
    x = (x - [0.5, 0.25]) / 1.25  # from [-1, 2] x [-0.5, 1] to [-1.2, 1.2] x [-0.6, 0.6]
    return x.astype(np.float32), y.astype(np.int64)


def circles(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A circle of radius 1.2 (class 0) around one of radius 0.48: (n, 2) float32 points and (n,) int64 classes."""
    x, y = make_circles(n, noise=0.7 * noise, factor=0.4, random_state=seed)
    x = 1.2 * x
    return x.astype(np.float32), y.astype(np.int64)


def spiral(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two arms of 1.5 turns, wound into each other: (n, 2) float32 points and (n,) int64 classes 0 and 1."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    t = np.sqrt(rng.uniform(0.02, 1.0, n))  # way along the arm; the root spreads the points evenly along its length
    angle = 2 * np.pi * 1.5 * t + np.pi * y  # (n,) the second arm is the first one turned by half a turn
    x = 1.3 * t[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])  # (n, 2)
    x = x + 0.3 * noise * rng.standard_normal((n, 2))  # the arms are only 0.43 apart
    return x.astype(np.float32), y.astype(np.int64)


def xor(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Four squares, class 1 where the coordinates differ in sign: (n, 2) float32 points and (n,) int64 classes."""
    rng = np.random.default_rng(seed)
    quadrant = np.arange(n) % 4
    sign = np.column_stack([1 - 2 * (quadrant % 2), 1 - 2 * (quadrant // 2)])  # (n, 2) of -1 and 1
    x = sign * rng.uniform(0.1, 1.2, (n, 2))
    x = x + 0.5 * noise * rng.standard_normal((n, 2))
    y = sign[:, 0] != sign[:, 1]
    return x.astype(np.float32), y.astype(np.int64)


def blobs(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three round clouds on a triangle: (n, 2) float32 points and (n,) int64 classes 0, 1 and 2."""
    centers = np.array([[0.0, 0.9], [-0.8, -0.45], [0.8, -0.45]])  # fixed, so that noise alone says how hard it is
    x, y = make_blobs(n, centers=centers, cluster_std=0.1 + 0.7 * noise, random_state=seed)
    return x.astype(np.float32), y.astype(np.int64)


POINTS: dict[str, PointGenerator] = {"moons": moons, "circles": circles, "spiral": spiral, "xor": xor, "blobs": blobs}


def plot_axes(x: np.ndarray, side: int, margin: float = 0.08) -> tuple[np.ndarray, np.ndarray]:
    """Axes of a side x side grid that holds every point x (n, 2), with a margin as a share of their reach."""
    low, high = x.min(0), x.max(0)
    room = margin * (high - low)
    a, b = (np.linspace(low[i] - room[i], high[i] + room[i], side) for i in (0, 1))
    return a, b
