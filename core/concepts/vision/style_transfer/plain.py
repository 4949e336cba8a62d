"""Style transfer with random networks, trained ones, one from ImageNet, and none."""

from types import SimpleNamespace

import numpy as np
import skimage.data
import torch
from PIL import Image
from skimage import transform
from torch.nn import functional as F

from core.data.pictures import PHOTOS, photo
from core.engine.imagenet import feature_maps, pretrained
from core.engine.random import generator

WIDTHS = (8, 8, 16, 16, 32, 32)
PICTURES = (
    "immunohistochemistry",
    "grass",
    "gravel",
    "brick",
    "flower",
    "coffee",
    "cat",
    "astronaut",
    "rocket",
    "temple",
)


def load(name, side):
    """The middle square of a picture as (1, 3, side, side) in [0, 1]."""
    if name in ("own", "taken"):
        x = np.asarray(Image.open("picture.png").convert("RGB"))
    else:
        x = photo(name) if name in PHOTOS else getattr(skimage.data, name)()
    if name == "astronaut":
        x = x[:300, 60:360]
    x = x if x.ndim == 3 else np.stack([x] * 3, -1)
    n = min(x.shape[:2])
    top, left = ((m - n) // 2 for m in x.shape[:2])
    x = transform.resize(x[top : top + n, left : left + n, :3], (side, side), anti_aliasing=True).clip(0, 1)
    return torch.from_numpy(x.astype(np.float32)).permute(2, 0, 1)[None].contiguous()


def random_filters(seed):
    g = generator(seed, "filters")
    shapes = zip(WIDTHS, (3, *WIDTHS), strict=False)
    return [torch.randn(w, c, 3, 3, generator=g) * (2 / (9 * c)) ** 0.5 for w, c in shapes]


def conv(x, weight, bias=None):
    return F.conv2d(F.pad(x, (1, 1, 1, 1), "reflect"), weight, bias)


def train(filters, pictures, seed):
    """Learn from which picture a patch of 16 x 16 pixels was cut."""
    g = generator(seed, "patches")
    filters = [w.clone().requires_grad_() for w in filters]
    head = torch.zeros(WIDTHS[-1], len(pictures), requires_grad=True)
    optimizer = torch.optim.Adam([*filters, head], lr=0.005)
    for _ in range(40):
        y = torch.randint(len(pictures), (32,), generator=g)
        corners = torch.randint(pictures.shape[-1] - 16, (32, 2), generator=g)
        x = torch.stack([pictures[k, :, a : a + 16, b : b + 16] for k, (a, b) in zip(y, corners, strict=True)])
        x = x[:, torch.randperm(3, generator=g)] * (0.5 + torch.rand(32, 3, 1, 1, generator=g))
        for i, w in enumerate(filters):
            x = F.max_pool2d(x, 2) if i and i % 2 == 0 else x
            x = F.relu(F.batch_norm(conv(x, w), None, None, training=True))
        optimizer.zero_grad()
        F.cross_entropy(x.mean((2, 3)) @ head, y).backward()
        optimizer.step()
    return [w.detach() for w in filters]


def scaled(filters, style):
    """Each filter with mean 0 and standard deviation 1 on the style picture, before ReLU."""
    layers, x = [], style
    for i, w in enumerate(filters):
        x = F.max_pool2d(x, 2) if i and i % 2 == 0 else x
        y = conv(x, w)
        mean, std = y.mean((0, 2, 3)), y.std((0, 2, 3)) + 1e-5
        layers.append((w / std[:, None, None, None], -mean / std))
        x = F.relu(conv(x, *layers[-1]))
    return layers


def features(x, layers, style):
    maps = [(x - style.mean((0, 2, 3), keepdim=True)) / (style.std() + 1e-5)]
    if isinstance(layers, int):  # so many of EfficientNet-Lite0
        large = F.interpolate(x, scale_factor=2.0, mode="bilinear")
        return maps + feature_maps(large, pretrained(), layers - 1)[0]
    for i, layer in enumerate(layers):
        x = F.max_pool2d(x, 2) if i and i % 2 == 0 else x
        x = F.relu(conv(x, *layer))
        maps.append(x)
    return maps


def gram(maps):
    f = maps[0].flatten(1)
    return f @ f.T / f.shape[1]


def transfer(s, content, style, layers):
    """The content picture after the steps."""
    grams = [gram(m) for m in features(style, layers, style)]
    layer = min(4, len(grams) - 1)
    wanted = features(content, layers, style)[layer]
    x = content.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([x], max_iter=1, max_eval=4, history_size=20, line_search_fn="strong_wolfe")

    def loss():
        maps = features(x, layers, style)
        c = (maps[layer] - wanted).square().mean() / (wanted.var() + 1e-6)
        g = torch.stack([(gram(m) - a).square().mean() / a.square().mean() for m, a in zip(maps, grams, strict=True)])
        down, across = x[..., 1:, :] - x[..., :-1, :], x[..., 1:] - x[..., :-1]
        tv = sum(((d.square() + 0.02**2).sqrt() - 0.02).mean() for d in (down, across))  # almost |d|, but smooth at 0
        total = s.content_weight * c + s.style_weight * g.mean() + s.tv_weight * tv
        optimizer.zero_grad()
        total.backward()
        return total

    for _ in range(s.steps):
        before = x.detach().clone()
        optimizer.step(loss)
        with torch.no_grad():
            x.clamp_(0, 1)
            if not x.isfinite().all():
                x.copy_(before)
    return x.detach()


def patch_distance(x, y):
    """Sliced Wasserstein distance between the 5 x 5 patches of two pictures at three sizes."""
    directions = np.random.default_rng(0).normal(size=(75, 32))
    directions /= np.linalg.norm(directions, axis=0)
    total = 0.0
    for shrink in (1, 2, 4):
        a, b = (np.sort(F.unfold(F.avg_pool2d(z, shrink), 5)[0].T.numpy() @ directions, 0) for z in (x, y))
        total += float(((a - b) ** 2).mean())
    return total**0.5


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print the patch distance to the style of every picture, as a share of the content picture's."""
    s = settings
    torch.set_num_threads(1)
    content, style = load(s.content, s.side), load(s.style, s.side)
    seeds = range(s.seed, s.seed + s.seeds)
    networks = {"random": [random_filters(seed) for seed in seeds]}
    if s.trained:
        others = torch.cat([load(name, s.side) for name in PICTURES if name not in (s.content, s.style)])
        networks["trained"] = [train(w, others, seed) for w, seed in zip(networks["random"], seeds, strict=True)]
    networks["none"] = [[]]
    layers = {name: [scaled(filters[: s.layers], style) for filters in several] for name, several in networks.items()}
    if s.imagenet and pretrained() is not None:
        layers["imagenet"] = [s.layers]
    start, distances = patch_distance(content, style), {}
    for name, several in layers.items():
        made = [transfer(s, content, style, one) for one in several]
        distances[name] = [patch_distance(x, style) / max(start, 1e-9) for x in made]
        print(f"{name}: patch distance {', '.join(f'{d:.3f}' for d in distances[name])}")
    return distances
