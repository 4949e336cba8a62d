"""Ablation: which components of a recipe are worth having, by removing each one and by adding each one alone.

Idea: a recipe of seven components (batch norm, dropout, augmentation, residual connections, momentum, a falling learning rate,
weight decay) is trained whole, without each component, and from the bare network with each component alone: 16 variants. Those
of one seed share training examples, start, batches and noise, so every difference is paired.
Sources: Meyes et al., "Ablation Studies in Artificial Neural Networks" (2019); Lipton and Steinhardt, "Troubling Trends in
Machine Learning Scholarship" (2018).
What to expect: on 100 MNIST digits of 14 x 14 pixels the full recipe gains some 8 points. In it the falling learning rate is
worth some 5, the rest nothing clear; alone, it and augmentation cost 15 and more, as the bare network learns
slowly. On 40 points no component is worth anything.
CPU seconds: 5 at the defaults (16 variants, 8 seeds, 80 epochs).
"""

import lazy_loader

from core.concepts.generalization.ablation.findings import QUESTIONS, difference, findings, score
from core.concepts.generalization.ablation.result import Result
from core.concepts.generalization.ablation.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
