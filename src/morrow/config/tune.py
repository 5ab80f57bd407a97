"""The search space of ``morrow tune``: ranges of a network's options."""

from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from morrow.config.recipes import NetworkRecipe
from morrow.section import Section

Whole = tuple[int, int]
Real = tuple[float, float]
RANGES = ("layers", "width", "dropout", "window", "rate", "weight_decay", "l1")
LOGARITHMIC = ("width", "rate", "weight_decay", "l1")


class Tune(Section):
    """Kinds of cell, and the least and greatest value of each option; equal values fix it."""

    kinds: Annotated[tuple[Literal["rnn", "lstm", "gru"], ...], Field(min_length=1)] = ("rnn", "lstm", "gru")
    layers: Whole = (1, 2)
    width: Whole = (8, 64)
    dropout: Real = (0.0, 0.5)
    window: Whole = (16, 64)
    rate: Real = (1e-4, 1e-2)
    weight_decay: Real = (1e-5, 1e-1)
    l1: Real = (1e-7, 1e-4)
    folds: int = Field(2, ge=1, le=10, description="inner folds that a trial is scored on")
    networks: int = Field(
        1, ge=1, le=64, description="networks of a trial; the recipe has as many as default"
    )

    @model_validator(mode="after")
    def _ranges_are_usable(self) -> "Tune":
        for name in RANGES:
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} is from {low:g} to {high:g}; write the least value first")
            if name in LOGARITHMIC and low <= 0:
                raise ValueError(f"{name} is searched by its logarithm, so its least value must be above 0")
            for value in (low, high):
                try:
                    NetworkRecipe(kind=self.kinds[0], **{name: value})
                except ValidationError as error:
                    raise ValueError(f"{name} {value:g}: {error.errors()[0]['msg']}") from None
        return self
