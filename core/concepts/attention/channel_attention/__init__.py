"""Channel attention: gates that turn channels up and down, in a small network with and without them.

Idea: a gate between 0 and 1 multiplies each channel, and a small network computes the gates from the mean of every channel. On
pictures where a lamp far away says which of two digits to read, that is worth a lot; on plain digits and on squares of photographs it is worth nothing clear. All gates
of the first block of a trained network can be exchanged for those of the other lamp, and each of them can be set by hand.
Sources: Hu, Shen and Sun, "Squeeze-and-Excitation Networks" (2018); Woo et al., "CBAM" (2018).
What to expect: with squeeze-and-excitation about 40 points more than without, spatial attention alone gives no gain, and neither does
any of them on plain digits, on photographs or where the cue is seen everywhere.
CPU seconds: 7 at the defaults (4 seeds, 2 networks, 140 steps) on one core.
"""

import lazy_loader

from core.concepts.attention.channel_attention.findings import QUESTIONS, describe, difference, findings, score
from core.concepts.attention.channel_attention.result import Result
from core.concepts.attention.channel_attention.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "describe", "difference", "findings", "score"]
