"""What all pages share, each part imported when a page first asks for it: Home asks for little, and so is there before
torch is."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "images": ["show_picture"],
        "layout": ["TEXT_WIDTH", "WIDTH"],
        "downloads": ["state", "weights"],
        "navigation": ["navigation_pages"],
        "page": ["Page"],
        "running": ["keep_alive"],
        "text": ["escape_markdown", "on_primary"],
        "uploads": ["digest", "own_numbers", "own_picture", "own_points", "own_state"],
    },
)
