"""Style transfer: the content of one picture with the texture of another.

Idea: the pixels of a picture are the parameters. They descend a weighted sum of a content loss, a style loss on Gram matrices and
total variation, with the features of random networks, of networks trained here, and of none.
Sources: Gatys, Ecker and Bethge, "Image style transfer using convolutional neural networks" (2016); Ustyuzhaninov et al., "What
does it take to generate natural textures?" (2017); Rabin et al., "Wasserstein barycenter and its application to texture
mixing" (2012).
What to expect: random networks take over palette and grain, not strokes. With the default pair their patch distance to the
style is about 30 % of the content picture's, and 53 % with pixel statistics alone, which keep more of the content.
CPU seconds: about 5 at the defaults (4 networks, 40 steps, 96 pixels); with trained networks about 12.
"""

import lazy_loader

from core.concepts.vision.style_transfer.findings import QUESTIONS, difference, findings, score
from core.concepts.vision.style_transfer.result import Result
from core.concepts.vision.style_transfer.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
