"""Data augmentation: one labelled picture becomes many, by changes that leave its label true.

Idea: compose a pipeline of torchvision's transforms, see what it makes of a picture, and measure what it is worth: small
networks learn digits from few examples, with the pipeline and without, from the same starts, on the same examples and for the
same number of steps.
Sources: Simard, Steinkraus and Platt, "Best practices for convolutional neural networks" (2003); Shorten and Khoshgoftaar, "A
survey on image data augmentation" (2019); Zhang et al., "mixup" (2018); Zhong et al., "Random erasing" (2020).
What to expect: small rotations, shifts and changes of size gain some 7 points from 40 MNIST digits and some 2 from 320; on
digits of 8 x 8 pixels, where a shift of one pixel is a large one, the same steps gain nothing or cost; mirroring digits costs.
CPU seconds: 8 at the defaults (4 sizes, 8 seeds, 2 variants, 200 steps); the draws take 0.1.
"""

import lazy_loader

from core.concepts.images.augmentation.findings import QUESTIONS, describe, difference, findings, score
from core.concepts.images.augmentation.preview import Preview
from core.concepts.images.augmentation.result import Result
from core.concepts.images.augmentation.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"], "pipeline": ["look_at"]})
__all__ = [
    "PRESETS",
    "QUESTIONS",
    "Preview",
    "Result",
    "Settings",
    "ViewSettings",
    "describe",
    "difference",
    "findings",
    "score",
]
