"""Points in the plane whose classes form a tree: nine round clouds in three groups.

The generator stands alone under `import numpy as np`, so that its source goes into an exported script.
"""

import numpy as np


def centres() -> np.ndarray:
    """Centres (9, 2) of the clouds: three groups on a circle of radius 1, three clouds around each at a distance of 0.5. Cloud k
    belongs to group k // 3."""
    angle = np.radians([90, 210, 330])
    around = [np.column_stack([np.cos(a), np.sin(a)]) for a in (angle, angle + 0.5)]
    return (around[0][:, None] + 0.5 * around[1]).reshape(9, 2)


def clouds(n: int, spread: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points x (n, 2) float32 of nine clouds with standard deviation `spread`, and their classes y (n,) int64, as even as n
    allows."""
    y = np.arange(n) % 9
    x = centres()[y] + spread * np.random.default_rng(seed).standard_normal((n, 2))
    return x.astype(np.float32), y.astype(np.int64)


def cloud_posterior(x: np.ndarray, spread: float) -> np.ndarray:
    """The true probability of each class (..., 9) at points x (..., 2) of `clouds`."""
    square = ((x[..., None, :] - centres()) ** 2).sum(-1) / (2 * spread**2)
    density = np.exp(square.min(-1, keepdims=True) - square)
    shares: np.ndarray = density / density.sum(-1, keepdims=True)
    return shares
