"""What an experiment gives while there is nothing to draw yet."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """note: what is being waited for, in a few words; fraction: how much of the whole run is done."""

    note: str
    fraction: float
