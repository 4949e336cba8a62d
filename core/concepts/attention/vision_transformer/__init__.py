"""Vision transformer: a picture cut into patches, beside a convolutional network, and a map that is put to the test.

Idea: a vision transformer reads the patches of a digit as a sequence, with learned positions and a class token. It is trained
beside a CNN with as many parameters on few digits, on many, and on many whose patches are all shuffled in one way. Attention
rollout says which patches matter; they are deleted in its order, and in the order of gradient, ink and chance.
Sources: Dosovitskiy et al., "An Image is Worth 16x16 Words" (2021); Abnar and Zuidema, "Quantifying Attention Flow" (2020).
What to expect: the CNN is better with 100 digits and with 3,000. Shuffled patches cost the CNN accuracy and change nothing clear
for the vision transformer. Rollout finds what matters better than chance, and no better than the ink does.
CPU seconds: 7 at the defaults (4 seeds, 2 networks, 3 conditions, 90 steps) on one core.
"""

import lazy_loader

from core.concepts.attention.vision_transformer.findings import QUESTIONS, difference, findings, score, shown
from core.concepts.attention.vision_transformer.result import Result
from core.concepts.attention.vision_transformer.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "difference", "findings", "score", "shown"]
