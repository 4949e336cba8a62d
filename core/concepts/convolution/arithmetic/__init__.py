"""Convolution arithmetic: what comes out of a layer, what it costs, and what PyTorch's shape errors say.

Idea: an output place is computed from a window of input places; four numbers decide which ones, and so the output size.
Channels and groups decide the parameters and multiply-adds. The tests hold every formula against real modules of torch.nn. A
pasted error message is read: it sets the controls to the layer that failed and says which number has to change.
Sources: Dumoulin and Visin, "A guide to convolution arithmetic" (2016); Howard et al., "MobileNets" (2017).
What to expect: a depthwise separable layer of 16 channels needs a sixth of the multiply-adds of a standard one; dilation
costs nothing; a transposed convolution with stride 2 gives a larger output.
CPU seconds: 0.02.
"""

import lazy_loader

from core.concepts.convolution.arithmetic.findings import QUESTIONS, difference, findings, score
from core.concepts.convolution.arithmetic.messages import MOST_TEXT, read
from core.concepts.convolution.arithmetic.result import Result
from core.concepts.convolution.arithmetic.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["MOST_TEXT", "PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "read", "score"]
