"""Data: points, tables, pictures, downloads, and a person's own file. Import from the module that defines a name."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "loaders": ["DATASETS", "IMAGES", "kind", "load"],
        "dataset": ["Dataset", "Kind", "Split", "with_train_size"],
        "checks": ["DataError", "split_indices", "stratified_rows"],
        "downloads": ["Unavailable"],
        "images": ["digits", "mnist5k"],
        "own": ["from_csv", "read_csv"],
        "points": ["POINTS"],
    },
)
