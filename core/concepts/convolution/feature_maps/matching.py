"""Kernels of different networks, matched one to one."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

DRAWS = 8  # sets of random phases that a comparison is the mean of


def units(kernels: np.ndarray) -> np.ndarray:
    """Kernels (..., k, k) without their mean and of length 1, (..., k * k), so that a product of two is their correlation."""
    flat = kernels.reshape(*kernels.shape[:-2], -1)
    flat = flat - flat.mean(-1, keepdims=True)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-12))


def match(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each kernel of `one` (C, k, k) the number of its partner in `other`, and their correlation; the sum of the
    correlations is the largest possible (Hungarian method)."""
    correlations = units(one) @ units(other).T
    _, partner = linear_sum_assignment(-correlations)
    return partner, correlations[np.arange(len(partner)), partner]


def scramble(kernels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Kernels of the same power spectrum, and so as smooth, whose phases are those of random numbers."""
    power = np.abs(np.fft.fft2(kernels))
    noise = np.fft.fft2(rng.normal(size=kernels.shape))
    return np.asarray(np.fft.ifft2(power * noise / np.abs(noise)).real)


def pairs(kernels: np.ndarray, scrambled: np.random.Generator | None = None) -> np.ndarray:
    """Mean correlation of matched kernels for the seeds 0 and 1, 2 and 3, and so on. scrambled: the second of each pair has
    random phases from there."""
    found = []
    for i in range(0, len(kernels) - 1, 2):
        one, other = kernels[i], kernels[i + 1]
        others = [other] if scrambled is None else [scramble(other, scrambled) for _ in range(DRAWS)]
        found.append(np.mean([match(one, each)[1].mean() for each in others]))
    return np.array(found)


def smoothness(kernels: np.ndarray) -> float:
    """Correlation of neighbouring weights, mean over all kernels: near 0 for noise, near 1 for smooth strokes."""
    k = kernels.shape[-1]
    flat = units(kernels).reshape(-1, k, k)
    return float((flat[:, :, :-1] * flat[:, :, 1:]).sum((1, 2)).mean() * k / (k - 1))
