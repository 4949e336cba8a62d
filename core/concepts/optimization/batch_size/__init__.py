"""Batch size: how noisy a gradient is, and what a larger batch costs and gains.

Idea: at fixed weights, compare the gradients of random batches with the gradient of all examples. Then train networks from
the same starts at every batch size, with the learning rate fixed or scaled with the batch size or its square root, and once
with all examples and Rprop.
Sources: McCandlish et al., "An Empirical Model of Large-Batch Training" (2018); Goyal et al., "Accurate, Large Minibatch
SGD" (2017); Shallue et al., "Measuring the Effects of Data Parallelism on Neural Network Training" (2019).
What to expect: the variance falls as 1/B, so the length of the noise only as its root. With the same number of epochs large
batches take few steps and end worse; scaling the rate helps up to where the rate itself becomes too high.
CPU seconds: 9 at the defaults (six batch sizes x 3 rules x 8 seeds on 512 digits) on one core.
"""

import lazy_loader

from core.concepts.optimization.batch_size.findings import QUESTIONS, difference, findings, score
from core.concepts.optimization.batch_size.result import Result
from core.concepts.optimization.batch_size.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
