"""Optimisers: seven rules that turn the same gradient into different steps, raced on a surface.

Idea: momentum keeps a velocity, RMSprop and Adam divide each coordinate by the usual size of its gradient, Rprop looks only at
signs. Each is torch's own. One path is an anecdote, so every optimiser also starts from a grid over the whole window.
Sources: Polyak (1964); Sutskever et al. (2013); Riedmiller and Braun (1993); Hinton (2012); Kingma and Ba (2015); Loshchilov
and Hutter (2019); torch.optim.
What to expect: on the ravine plain SGD crawls along the floor, and diverges above a rate of 0.1; momentum overshoots and still
arrives sooner; Adam and RMSprop take both directions alike. Nothing here is random.
CPU seconds: 0.03 at the defaults (3 optimisers, 150 steps), 0.3 for all seven and 500 steps.
"""

import lazy_loader

from core.concepts.optimization.optimizers.findings import QUESTIONS, difference, findings, score
from core.concepts.optimization.optimizers.result import Result
from core.concepts.optimization.optimizers.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
