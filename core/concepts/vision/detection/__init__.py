"""Object detection: what is in a picture, and where.

Idea: anchors of several sizes and ratios lie over the picture; a small convolutional network gives each a class and offsets,
and non-maximum suppression keeps one box of each object. Detectors of several seeds are trained on scenes of made shapes, with
everything and with one part left out. A second experiment trains a classifier on 140 patches, slides it over photographs and
learns from its false alarms. Two boxes can be set by hand: IoU, offsets, matching and RoI pooling.
Sources: Liu et al., "SSD: Single Shot MultiBox Detector" (2016); Girshick, "Fast R-CNN" (2015); Sung and Poggio,
"Example-based learning for view-based human face detection" (1998), for hard negatives; Zhang et al., "Face detection based on
multi-block LBP representation" (2007).
What to expect: with 4 seeds, AP 0.88 with NMS and 0.52 without; 0.74 at an NMS threshold of 0.8, within 0.02 from 0.1 to 0.6.
Training on all negatives costs some 40 points of AP, leaving out the greedy match some 10; nine anchors are no better than
one. Faces: 98 % of held-out patches right, 44 false boxes a photograph; two rounds of hard negatives leave 3 to 8.
CPU seconds: 7 at the defaults (150 steps of each detector), twice that with a second detector, 7 for the faces, on one core.
"""

import lazy_loader

from core.concepts.vision.detection.findings import QUESTIONS, describe, difference, findings, score
from core.concepts.vision.detection.result import Result
from core.concepts.vision.detection.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"], "hand": ["compare"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "describe", "difference", "findings", "score"]
