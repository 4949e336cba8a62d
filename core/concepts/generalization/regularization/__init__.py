"""Regularisation: ways to keep a network from memorising its few training examples.

Idea: a network with many more weights than examples fits them all, noise included. Each variant makes that harder in its
own way: a penalty on the weights (L1, L2), noise on the activations (dropout) or on the pictures (augmentation), an early
end, batch norm, fewer neurons; and, for comparison, more data. All start from the same weights and see the same batches, so
differences are paired.
Sources: Goodfellow, Bengio and Courville, "Deep Learning" (2016), chapter 7; Srivastava et al., "Dropout" (2014); Ioffe and
Szegedy, "Batch Normalization" (2015); Parikh and Boyd, "Proximal Algorithms" (2014) for L1's exact zeros.
What to expect: on 40 noisy points training accuracy is some 25 points above validation accuracy. There early stopping, L2
and dropout gain 2 to 5 points and four times the data 6; on another draw of 40 points (First seed 2) no method helps.
CPU seconds: 4 at the defaults (9 variants, 8 seeds, 40 points, 150 epochs) on one core; 100 digits, 60 epochs, about 5.
"""

import lazy_loader

from core.concepts.generalization.regularization.findings import QUESTIONS, difference, findings, score
from core.concepts.generalization.regularization.result import Result
from core.concepts.generalization.regularization.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
