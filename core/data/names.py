"""The names of the data sets that networks are trained on, known without loading torch. core.data.loaders loads them."""

POINTS = ("moons", "circles", "spiral", "xor", "blobs")  # points in the plane, made to order
SHIPPED = ("digits", "mnist5k")  # pictures that come with the installed libraries
FETCHED = ("mnist", "fashionmnist", "cifar10")  # pictures that are downloaded when they are asked for
MIXTURES = ("ring", "grid", "drawn")  # distributions in the plane that a generator imitates
NAMES = (*POINTS, *SHIPPED, *FETCHED)


def is_pictures(name: str) -> bool:
    """Whether the data set `name` holds pictures."""
    return name in SHIPPED or name in FETCHED
