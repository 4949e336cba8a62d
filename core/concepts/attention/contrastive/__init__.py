"""Contrastive learning: an encoder that learns from pairs of views, without labels.

Idea: two random views of one digit are pulled together and all other digits are pushed away (SimCLR). On a circle the result
can be seen: every digit is an angle, and its density forms while training. A second experiment asks what such features are
worth: a linear probe on them beside pixels, an untrained encoder and a supervised network.
Sources: Chen et al., "A simple framework for contrastive learning of visual representations" (2020); Wang and Isola,
"Understanding contrastive representation learning through alignment and uniformity on the hypersphere" (2020).
What to expect: digits 0, 1 and 4 form arcs on the circle, with most neighbours of the same digit, though seeds differ much;
ten digits do not fit. The probe beats pixels and an untrained encoder, and a supervised network with the same views beats it.
CPU seconds: 4 at the defaults (8 seeds, 200 steps) on one core; the probe takes 12.
"""

import lazy_loader

from core.concepts.attention.contrastive.findings import QUESTIONS, difference, findings, score
from core.concepts.attention.contrastive.result import Result
from core.concepts.attention.contrastive.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "difference", "findings", "score"]
