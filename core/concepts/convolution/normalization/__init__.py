"""Normalisation layers: batch, layer, instance and group norm, what each averages, and what it lets a network endure.

Idea: a norm subtracts a mean and divides by a standard deviation, then scales and shifts by learnt numbers. The four differ
only in which numbers share a mean: those of a channel over the batch, of a picture, of one map, or of a group of maps. The
same convolutional network is trained with each, and without any, at five learning rates.
Sources: Ioffe and Szegedy (2015); Ba, Kiros and Hinton (2016); Ulyanov, Vedaldi and Lempitsky (2016); Wu and He (2018).
What to expect: every norm learns faster and at higher rates than none; with PyTorch's own initialisation the network without
a norm never leaves chance. Batch norm that is left in training mode loses some 5 points on single digits, and on batches that
are sorted by class.
CPU seconds: 5 at the defaults (100 networks of six convolutions, 60 steps) on one core.
"""

import lazy_loader

from core.concepts.convolution.normalization.findings import QUESTIONS, difference, findings, score
from core.concepts.convolution.normalization.result import Result
from core.concepts.convolution.normalization.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "difference", "findings", "score"]
