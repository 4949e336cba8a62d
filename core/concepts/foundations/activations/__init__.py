"""Activation functions: what they do, when their units die, and what layers without one can do.

Idea: a layer is linear, and linear layers one after the other are one linear layer. The function between them bends the
plane. Where its derivative is zero no gradient passes, and a unit that is flat on every example can no longer learn.
Sources: Glorot, Bordes and Bengio (2011) for ReLU; Maas, Hannun and Ng (2013) for leaky ReLU; Lu et al., "Dying ReLU and
initialization" (2020); Hendrycks and Gimpel (2016) for GELU; Cybenko (1989).
What to expect: with Adam a fifth of the ReLU units is dead from the start, and three quarters at a rate of 1. At 0.1 and
0.3 the network is no worse than one of leaky ReLU, whose units cannot die; at 1 and 3 it is 13 and 25 points worse.
CPU seconds: 3.3 at the defaults (two activations and two linear nets, 7 rates, 8 seeds, 60 epochs); 9 with four layers.
"""

import lazy_loader

from core.concepts.foundations.activations.findings import QUESTIONS, difference, findings, score
from core.concepts.foundations.activations.result import Result
from core.concepts.foundations.activations.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "difference", "findings", "score"]
