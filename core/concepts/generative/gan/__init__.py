"""Generative adversarial networks: how often does training collapse, and with which loss?

Idea: a generator turns noise into points, a discriminator learns to tell them from real ones, and each learns from the other. Often
the generator ends on a few modes of the data only. Five losses, each from sixteen random starts, are trained as one stack, so that
collapse is a probability with an interval and not an anecdote. All losses share starts, batches and noise, so differences are paired.
Sources: Goodfellow et al. (2014); Mao et al. (2017); Arjovsky et al. (2017); Gulrajani et al. (2017); Salimans et al. (2016); Heusel
et al. (2017).
What to expect: on a ring of eight Gaussians, after 600 steps, most runs of the original loss cover half of the modes or less, and
next to none of the non-saturating loss do. Unequal learning rates collapse most runs.
On MNIST at 14x14 pixels, WGAN-GP makes about 7 of the 10 digits within 300 steps, the other losses 2 to 5. Of three sets of six
starts, two showed this clearly.
CPU seconds: 7 at the defaults (5 losses, 16 seeds, 600 steps), 9 on MNIST (5 losses, 6 seeds, 300 steps) on one core.
"""

import lazy_loader

from core.concepts.generative.gan.findings import QUESTIONS, difference, findings, score
from core.concepts.generative.gan.result import Result
from core.concepts.generative.gan.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
