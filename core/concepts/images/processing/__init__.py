"""Image processing: smoothing, sharpening, edges and morphology, and a damaged picture to repair.

Idea: operators are applied one after the other to a damaged picture; after each, the picture is compared with the original by
SSIM and PSNR, and its histogram and spectrum are drawn. Which operator helps depends on the damage, and the order matters.
Sources: Gonzalez and Woods, "Digital image processing" (2018); Serra, "Image analysis and mathematical morphology" (1982).
What to expect: a median repairs salt-and-pepper noise where a Gaussian only smears it; sharpening raises noise; openings
applied twice change nothing more.
CPU seconds: 0.05, at most 0.15.
"""

import lazy_loader

from core.concepts.images.processing.findings import QUESTIONS, difference, findings, score
from core.concepts.images.processing.result import Result
from core.concepts.images.processing.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
