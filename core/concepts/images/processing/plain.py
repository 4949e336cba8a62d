"""A picture is damaged and repaired, and compared with the original after each step."""

from types import SimpleNamespace

import numpy as np
import skimage
from PIL import Image
from scipy import ndimage
from skimage import exposure, feature, filters, metrics, morphology, restoration, transform

SIDE = 192
NAMES = {"cat": "chelsea", "bricks": "brick"}  # others are called so in skimage.data too
DAMAGES = {"all": ("blur", "light", "salt"), "none": ()}


def load(name: str) -> np.ndarray:
    """The middle square of a picture in grey, from 0 to 1."""
    if name in ("own", "taken"):
        pixels = np.asarray(Image.open("picture.png").convert("RGB"))
    else:
        pixels = getattr(skimage.data, NAMES.get(name, name))()
    grey = skimage.color.rgb2gray(pixels) if pixels.ndim == 3 else skimage.util.img_as_float(pixels)
    side = min(grey.shape)
    top, left = ((n - side) // 2 for n in grey.shape)
    square = grey[top : top + side, left : left + side]
    return transform.resize(square, (SIDE, SIDE), anti_aliasing=True).clip(0, 1)


def damage(x: np.ndarray, s: SimpleNamespace) -> np.ndarray:
    """Blur, uneven light and noise, as chosen."""
    rng = np.random.default_rng(s.seed)
    for kind in DAMAGES.get(s.damage, (s.damage,)):
        if kind == "blur" and s.blur:
            x = filters.gaussian(x, s.blur)
        elif kind == "light":
            across, down = np.linspace(0, 0.7, SIDE), np.linspace(0, 0.3, SIDE)
            x = x * (1 - s.light * (1 - across - down[:, None]))
        elif kind == "noise":
            x = x + s.noise * rng.normal(size=x.shape)
        elif kind == "salt":
            x = skimage.util.random_noise(x, "s&p", rng=rng, amount=s.salt)
    return x.clip(0, 1)


def element(s: SimpleNamespace) -> np.ndarray:
    """The structuring element."""
    r = s.radius
    if s.element == "disk":
        return morphology.disk(r)
    made = np.full((2 * r + 1, 2 * r + 1), int(s.element == "square"), np.uint8)
    made[r] = 1
    if s.element == "cross":
        made[:, r] = 1
    return made


def apply(name: str, x: np.ndarray, s: SimpleNamespace) -> np.ndarray:
    """One operator."""
    if name == "box":
        return ndimage.uniform_filter(x, s.box)
    if name == "gaussian":
        return filters.gaussian(x, s.gaussian)
    if name == "median":
        return ndimage.median_filter(x, footprint=morphology.disk(s.median))
    if name == "bilateral":
        return restoration.denoise_bilateral(x, win_size=7, sigma_color=s.bilateral, sigma_spatial=2)
    if name == "laplacian":
        return x - s.laplacian * ndimage.laplace(x)
    if name == "unsharp":
        return filters.unsharp_mask(x, s.unsharp_radius, s.unsharp)
    if name == "sobel":
        return filters.sobel(x)
    if name == "canny":
        return feature.canny(x, s.canny).astype(float)
    if name == "even":
        light = filters.gaussian(x, s.even)
        return x * light.mean() / np.maximum(light, 0.02)
    if name == "stretch":
        low, high = np.percentile(x, (2, 98))
        return (x - low) / max(high - low, 1e-6)
    if name == "equalise":
        return exposure.equalize_adapthist(x)
    if name == "gradient":
        return apply("dilation", x, s) - apply("erosion", x, s)
    operator = morphology.white_tophat if name == "tophat" else getattr(morphology, name)
    return operator(x, element(s), mode="ignore")


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print SSIM and PSNR after each step. Edges are compared with the edges of the original."""
    s = settings
    original = load(s.picture)
    x = damage(original, s)
    edges = set(s.pipeline) & {"sobel", "canny", "gradient", "tophat"}
    found: dict[str, list[float]] = {"ssim": [], "psnr": []}
    for name in ("damaged", *s.pipeline):
        if name != "damaged":
            x = apply(name, x, s).clip(0, 1)
            original = apply(name, original, s).clip(0, 1) if edges else original
        found["ssim"].append(float(metrics.structural_similarity(original, x, data_range=1)))
        with np.errstate(divide="ignore"):
            found["psnr"].append(float(metrics.peak_signal_noise_ratio(original, x, data_range=1)))
        print(f"{name:10s} SSIM {found['ssim'][-1]:.3f}  PSNR {found['psnr'][-1]:.1f} dB")
    return found
