"""Fine-tuning: what a network has learnt on one task, used for another with few labels.

Idea: networks learn noisy digits 0 to 4 from 1,500 of them. Their first layers are copied to networks for 5 to 9, which have
a few labelled digits: the copied layers frozen, or trained on with a smaller rate, beside networks from scratch. All three
share the start of the other layers, the labelled digits and the batches, so differences are paired. Below, the same features
on squares of photographs: how many pictures a class do you need?
Sources: Yosinski et al., "How transferable are features in deep neural networks?" (2014); Howard and Ruder, "Universal
language model fine-tuning" (2018) for smaller rates on lower layers; Kornblith, Shlens and Le, "Do better ImageNet models
transfer better?" (2019).
What to expect: with 2 to 20 labels a class copied layers gain 6 to 11 points over scratch. Freezing them and a tenth of the
rate differ by a point at most; the full rate gains two more. Clean digits with 10 labels and more need no copied layers. On
photographs, features learnt from digits are no better than those of an untrained network; features from ImageNet reach 95 %
accuracy on grass, gravel and brick with a single square of each.
CPU seconds: 6 at the defaults (3 ways, 4 label counts, 8 seeds) on one core; the squares take 0.2.
"""

import lazy_loader

from core.concepts.vision.fine_tuning.findings import QUESTIONS, describe, difference, findings, score
from core.concepts.vision.fine_tuning.result import Result
from core.concepts.vision.fine_tuning.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"], "squares": ["look_at"]})
__all__ = [
    "PRESETS",
    "QUESTIONS",
    "Result",
    "Settings",
    "ViewSettings",
    "describe",
    "difference",
    "findings",
    "score",
]
