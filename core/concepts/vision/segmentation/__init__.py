"""Segmentation: a class for every pixel.

Idea: a convolutional network makes small, coarse maps of class scores; a transposed convolution brings them back to the size
of the picture, and skip connections add the scores of finer maps on the way. Two networks of each seed, with and without
skips, start with the same kernels and see the same scenes of made shapes. Beside them a classifier of single pixels learns
from strokes on a photograph.
Sources: Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation" (2015); Dumoulin and Visin, "A
guide to convolution arithmetic" (2016); Shotton et al., "TextonBoost" (2009) for classifiers of single pixels.
What to expect: at stride 8 with fixed bilinear kernels the skip raises mean IoU from 0.68 to 0.79, most at the edges; at
stride 16 by some 40 points, at stride 4 not clearly. With learned kernels no gain of the skip is clear.
CPU seconds: 6 at the defaults (4 seeds, 2 networks, 200 steps) on one core; 60 at the costliest settings.
"""

import lazy_loader

from core.concepts.vision.segmentation.findings import QUESTIONS, describe, difference, findings, score
from core.concepts.vision.segmentation.result import Result
from core.concepts.vision.segmentation.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__, submod_attrs={"experiment": ["run"], "scribble": ["paper", "segment"]}
)
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "describe", "difference", "findings", "score"]
