"""Feature maps: what a kernel makes of a picture, pooling, upsampling, and whether random starts learn the same kernels.

Idea: a feature map is the same small weighted sum at every place of a picture. Kernels made by hand show what the numbers do;
then the first layers of several networks are trained from different random starts, and their kernels are matched.
Sources: Dumoulin and Visin (2016); Odena et al., "Deconvolution and checkerboard artifacts" (2016); Li et al., "Convergent
learning: do different neural networks learn the same representations?" (2016).
What to expect: matched kernels of two starts correlate by about 0.6; kernels with the same spectrum and random phases by 0.5;
untrained ones by 0.2. The accuracy of all starts is the same within a point.
CPU seconds: 3 for the training at the defaults, 0.03 for a picture.
"""

import lazy_loader

from core.concepts.convolution.feature_maps.findings import QUESTIONS, difference, findings, score
from core.concepts.convolution.feature_maps.look import Look
from core.concepts.convolution.feature_maps.result import Result
from core.concepts.convolution.feature_maps.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"], "maps": ["look_at"]})
__all__ = ["PRESETS", "QUESTIONS", "Look", "Result", "Settings", "ViewSettings", "difference", "findings", "score"]
