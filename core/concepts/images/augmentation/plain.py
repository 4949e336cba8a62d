"""Small networks learn digits from few pictures, as they are and augmented."""

from typing import Any

import numpy as np
import torch
from torch import nn

from core.data.arrays import digits, mnist5k
from core.data.checks import split_indices, stratified_rows
from core.engine.augment import augment, draw
from core.engine.random import generator

# Step -> the settings that hold its probability and its amounts.
AMOUNTS = {
    "flip": ("flip_p", ()),
    "flip upside down": ("upside_down_p", ()),
    "rotate": ("rotate_p", ("rotate",)),
    "shift": ("shift_p", ("shift",)),
    "scale": ("scale_p", ("scale",)),
    "crop": ("crop_p", ("crop",)),
    "colour": ("colour_p", ("brightness", "contrast", "saturation", "hue")),
    "blur": ("blur_p", ("blur",)),
    "noise": ("noise_p", ("noise",)),
    "erase": ("erase_p", ("erase",)),
    "mix-up": ("mix_p", ("mix",)),
}
PICTURES = {"digits": digits, "mnist5k": mnist5k}


def plan_of(s):
    """(step, probability, amounts) in the order they are taken; mix-up mixes finished pictures, so it comes last."""
    names = sorted(s.steps, key=lambda name: name == "mix-up")
    return [(n, getattr(s, AMOUNTS[n][0]), tuple(getattr(s, a) for a in AMOUNTS[n][1])) for n in names]


def build(s, side, classes):
    if s.model == "MLP":
        return nn.Sequential(nn.Flatten(), nn.Linear(side * side, s.width), nn.ReLU(), nn.Linear(s.width, classes))
    half = max(1, s.width // 2)
    return nn.Sequential(
        nn.Conv2d(1, half, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(half, s.width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(s.width * (side // 4) ** 2, classes),
    )


def fit(s, data, n, seed, plan, batch):
    """Test accuracy after training on n pictures."""
    x, y, train, test = data
    classes = int(y.max()) + 1
    torch.manual_seed(seed)
    model = build(s, x.shape[-1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=s.lr)
    mine = train[stratified_rows(y[train].numpy(), n, seed)]
    batches, draws = generator(seed, "batches"), generator(seed, "augmentation")
    order = torch.empty(0, dtype=torch.long)
    for _ in range(s.iterations):
        if not len(order):
            order = torch.randperm(n, generator=batches)[: n // batch * batch]
        rows, order = mine[order[:batch].numpy()], order[batch:]
        inputs, targets = x[rows], nn.functional.one_hot(y[rows], classes).float()
        if plan:
            u, noise = draw(plan, inputs.shape, draws)
            changed = augment(inputs[None], targets[None], plan, u[None], [v[None] for v in noise])
            inputs, targets = changed[0][0], changed[1][0]
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        return (model(x[test]).argmax(1) == y[test]).float().mean().item()


def main(settings: Any) -> dict[str, list[list[float]]]:
    """Print the test accuracy for every size of the training set, as they are and augmented."""
    s = settings
    torch.set_num_threads(1)
    x, y = PICTURES[s.data]()
    train, _, test = split_indices(y, 0)
    data = torch.tensor(x), torch.tensor(y), train, test
    sizes = [s.n >> i for i in range(s.halvings + 1)]
    batch = min(32, min(sizes))
    accuracy = {"original": [], "augmented": []}
    for n in sizes:
        for name, plan in (("original", []), ("augmented", plan_of(s))):
            accuracy[name].append([fit(s, data, n, seed, plan, batch) for seed in range(s.seed, s.seed + s.seeds)])
        gain = np.array(accuracy["augmented"][-1]) - np.array(accuracy["original"][-1])
        print(f"{n} examples: {np.mean(accuracy['original'][-1]):.4f} as they are, {gain.mean():+.4f} augmented")
    return accuracy
