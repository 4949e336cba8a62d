"""Automatic differentiation: a graph of operations, walked forwards for the values and backwards for the gradients.

Idea: PyTorch records every operation. backward() walks the record from the loss to the leaves and multiplies by one local
derivative a step; where a tensor is used twice, what arrives is added. Here the chain rule is written out a second time,
every gradient is compared with PyTorch's, and graph, gradients, parameters and decision field play together.
Sources: Baydin et al., "Automatic differentiation in machine learning: a survey" (2018); Karpathy, micrograd; the notes on
autograd of PyTorch's documentation.
What to expect: all gradients agree to the last bits of float64. Without zero_grad gradients add up from update to update,
which is momentum without any decay: it helps a smooth network at a small rate, and wrecks one of ReLUs at a large one.
CPU seconds: 0.04 at the defaults (40 updates, and 16 perceptrons as two stacks), 0.05 for the board.
"""

import lazy_loader

from core.concepts.foundations.autograd.findings import QUESTIONS, difference, findings, score
from core.concepts.foundations.autograd.result import Result
from core.concepts.foundations.autograd.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
