"""Recipes: every kind of model with its options, their defaults, ranges and meanings."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Union

from pydantic import Field, model_validator

from morrow import recipes
from morrow.config.ensembles import EnsembleRecipe
from morrow.recipes import BaselineRecipe
from morrow.section import Section, by_kind

HEADS = recipes.heads()

if TYPE_CHECKING:
    HeadName = str
    Loss = str
else:
    HeadName = Literal[tuple(HEADS)]
    Loss = Literal[tuple(loss for head in HEADS.values() for loss in head.losses)]

# What a network starts from, and the targets whose units go with it, the default first.
STARTS = {"regression": ("regressed",), "fresh": ("scaled", "raw"), "pretrained": ("scaled",)}
# Layers and width of the shipped networks, and how they are tuned: a little, from what they have learnt.
PRETRAINED_SIZES = {"rnn": (1, 64), "lstm": (1, 48), "gru": (1, 48)}
ZERO_SHOT, ZERO_SHOT_KIND = "zero-shot", "gru"  # the recipe that is a shipped network untouched, and which
TUNING = {
    "rate": 1e-4, "epochs": 16, "patience": 4, "average": 0.97, "dropout": 0.0, "networks": 2,
}  # fmt: skip
# Options that a shipped network does not have in another value.
_PRETRAINED = {
    "nonlinearity": "tanh", "direction": "forward", "supervision": "every", "head": "quantile",
    "symbols": "global",
}  # fmt: skip

# An option that only matters beside one value of another one: naming it elsewhere is a mistake.
_BESIDE = {
    "nonlinearity": ("kind", "rnn"),
    "embedding": ("symbols", "embedding"),
    "unknown": ("symbols", "embedding"),
    "momentum": ("optimiser", "sgd"),
    "plateau": ("schedule", "plateau"),
    "stride": ("supervision", "every"),
} | {option: other for head in HEADS.values() for option, other in head.beside.items()}


class _NetworkOptions(Section):
    """Options of a network, but for those that go with one head alone."""

    kind: Literal["rnn", "lstm", "gru"] = Field(description="the cell")
    nonlinearity: Literal["tanh", "relu"] = Field("tanh", description="of the plain RNN; relu for kind rnn")
    layers: int = Field(1, ge=1, le=8, description="cells on top of each other")
    width: int = Field(16, ge=1, le=1024, description="hidden units of a layer and direction")
    dropout: float = Field(0.3, ge=0, lt=1, description="share dropped before the head and between layers")
    direction: Literal["forward", "bidirectional"] = Field(
        "forward", description="bidirectional reads a closed window both ways; with supervision last only"
    )
    window: int | None = Field(
        None, ge=2, le=1024, description="sessions read before an answer; default and most: forecast.window"
    )
    supervision: Literal["every", "last"] = Field(
        "every", description="a loss at every session of a chunk after its window, or at a window's last"
    )
    head: HeadName = Field(
        "quantile", description="what is answered: quantiles, a density, a value, or down, flat and up"
    )
    loss: Loss | None = Field(
        None,
        validate_default=False,
        description="of the head: pinball, likelihood, squared or huber, cross-entropy",
    )
    start: Literal["regression", "pretrained", "fresh"] = Field(
        "regression",
        description="regression: the volatility regression, which a network corrects; pretrained: shipped "
        "weights, which have seen simulated markets; fresh: chance alone. Each is mixed with the regression",
    )
    target: Literal["scaled", "regressed", "raw"] = Field(
        "regressed",
        description="return over the volatility known at the cutoff, over what a regression on the features "
        "and a GARCH expect of it, or over one constant; by default as the start needs it",
    )
    symbols: Literal["global", "embedding", "separate"] = Field(
        "global",
        description="one network for all, with a learned vector per symbol, or one network per symbol",
    )
    embedding: int = Field(4, ge=1, le=64, description="symbols embedding: length of a symbol's vector")
    unknown: float = Field(
        0.1, gt=0, lt=1, description="symbols embedding: share of chunks that train the unknown symbol's"
    )
    optimiser: Literal["adamw", "adam", "sgd"] = Field("adamw", description="adam has no weight decay")
    momentum: float = Field(0.9, ge=0, lt=1, description="optimiser sgd")
    rate: float = Field(3e-4, gt=0, description="learning rate")
    schedule: Literal["constant", "cosine", "plateau"] = Field(
        "constant", description="of the rate: to zero over all epochs, or halved when the stop loss stays"
    )
    warm_up: int = Field(0, ge=0, description="gradient steps in which the rate rises from zero")
    plateau: int = Field(2, ge=1, description="schedule plateau: epochs without a better stop loss")
    weight_decay: float = Field(1e-3, ge=0, description="decoupled; default 0 for adam and sgd")
    l1: float = Field(0.0, ge=0, description="penalty on the sum of absolute weights, biases left out")
    half_life: float | None = Field(
        None, gt=0, description="sessions after which a loss weighs half; default: all weigh the same"
    )
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    batch: int = Field(64, ge=1, le=65_536, description="chunks (or windows) a gradient step")
    stride: int = Field(64, ge=1, le=4096, description="sessions with a loss in a chunk, after its window")
    epochs: int = Field(
        100, ge=0, description="at most; of 8 gradient steps each; 0 keeps pretrained weights"
    )
    patience: int = Field(10, ge=1, description="epochs without a better stop loss before it ends")
    proof: float = Field(
        1.0,
        ge=0,
        description="standard errors by which another weight must improve on the prior one, 0 or with start "
        "pretrained 0.3, on the calibrate sessions; 0 takes the best weight as it is",
    )
    average: float = Field(
        0.99, ge=0, lt=1, description="decay per step of the averaged weights, which are kept"
    )
    networks: int = Field(4, ge=1, le=64, description="seeds whose answers are averaged")
    precision: Literal["fp32", "bf16"] = Field(
        "fp32", description="bf16 is tried first, and refused where it cannot or changes the loss by 0.1 %"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto is CUDA where there is one")
    trials: int = Field(0, ge=0, description="tried before this one was chosen; written by morrow tune")
    budget_s: float | None = Field(
        None, gt=0, description="seconds for the whole recipe, after which the best weights are taken"
    )

    @model_validator(mode="before")
    @classmethod
    def _resolve(cls, given: Any) -> Any:
        """Fill in what depends on other options, so that equal recipes have equal identities."""
        if not isinstance(given, dict):
            return given
        options = dict(given)
        head = options.get("head", "quantile")
        if options.get("loss") is None and isinstance(head, str) and head in HEADS:
            options["loss"] = HEADS[head].losses[0]
        target, start = options.get("target"), options.get("start")
        if target is None and start in STARTS:
            options["target"] = STARTS[start][0]
        if start == "pretrained":
            layers, width = PRETRAINED_SIZES.get(str(options.get("kind")), (1, 1))
            options = {"layers": layers, "width": width, **TUNING, **options}
        if start is None:
            starts = [name for name, targets in STARTS.items() if target in targets]
            options |= {"start": starts[0]} if starts else {}
        if options.get("optimiser", "adamw") in ("adam", "sgd"):
            options.setdefault("weight_decay", 0.0)
        return options

    @model_validator(mode="after")
    def _start_agrees(self) -> Self:
        if self.target not in STARTS[self.start]:
            allowed = '" or "'.join(STARTS[self.start])
            raise ValueError(f'start "{self.start}" goes with target "{allowed}", not "{self.target}"')
        if self.start == "pretrained":
            size = dict(zip(("layers", "width"), PRETRAINED_SIZES[self.kind], strict=True))
            for option, value in (_PRETRAINED | size).items():
                if (given := getattr(self, option)) != value:
                    raise ValueError(
                        f'start "pretrained" has {option} "{value}", as its weights do, not "{given}"'
                    )
        elif not self.epochs:
            raise ValueError(f'epochs 0 trains nothing, and start "{self.start}" has learnt nothing; write 1')
        return self

    @model_validator(mode="after")
    def _options_agree(self) -> Self:
        for option, (other, value) in _BESIDE.items():
            default = type(self).model_fields[option].default
            if (given := getattr(self, option)) != default and (got := getattr(self, other)) != value:
                raise ValueError(f'{option} "{given}" goes with {other} "{value}", not "{got}"')
        if self.loss not in HEADS[self.head].losses:
            allowed = '" or "'.join(HEADS[self.head].losses)
            raise ValueError(f'loss "{self.loss}" does not go with head "{self.head}"; write "{allowed}"')
        if self.direction == "bidirectional" and self.supervision == "every":
            raise ValueError(
                'direction "bidirectional" needs supervision "last": with a loss at every session its '
                "backward half would have read the sessions after the one that it answers, so it would see "
                "the future"
            )
        if self.optimiser == "adam" and self.weight_decay:
            raise ValueError(
                f"weight_decay {self.weight_decay:g} is decoupled and adam has none; "
                'write optimiser = "adamw" or weight_decay = 0'
            )
        return self


if TYPE_CHECKING:
    _HeadOptions = _NetworkOptions
else:
    _OWN = dict.fromkeys(head.options for head in HEADS.values() if head.options is not Section)

    class _HeadOptions(*_OWN, _NetworkOptions):
        """Options of a network and of every head."""


class NetworkRecipe(_HeadOptions):
    """A recurrent network: the cell, its head, and how it is fitted.

    The defaults are small and slow, because a network soon over-fits the little that it can add to the
    regression in whose units its target is. Four seeds, because their average is better than any of them.
    """


class TutorialRecipe(Section):
    """The widely copied LSTM on one symbol's scaled closes: for ``morrow backtest``, never a contest."""

    kind: Literal["tutorial"]
    layers: int = Field(2, ge=1, le=8, description="LSTM layers")
    width: int = Field(50, ge=1, le=1024, description="hidden units of a layer")
    window: int = Field(10, ge=1, le=1024, description="closes read for one prediction")
    epochs: int = Field(50, ge=1, description="each reads every window once")
    batch: int = Field(32, ge=1, description="windows a step")
    rate: float = Field(1e-3, gt=0, description="learning rate of Adam")
    train_share: float = Field(0.8, gt=0, lt=1, description="of the series; the rest is predicted")
    scaled_on: Literal["train", "whole"] = Field(
        "train", description='what the scaling to [0, 1] sees; "whole" looks into the future'
    )


if TYPE_CHECKING:
    Recipe = NetworkRecipe | BaselineRecipe | EnsembleRecipe | TutorialRecipe
else:
    _CLASSES = (NetworkRecipe, *dict.fromkeys(recipes.baselines().values()), EnsembleRecipe, TutorialRecipe)
    Recipe = Annotated[Union[_CLASSES], Field(discriminator="kind")]  # noqa: UP007 (of classes in a tuple)

KINDS: dict[str, type[Section]] = by_kind(Recipe)

RECIPES: dict[str, dict[str, Any]] = {
    "rnn": {"kind": "rnn", "start": "pretrained"},
    "rnn-relu": {"kind": "rnn", "nonlinearity": "relu"},
    "lstm": {"kind": "lstm", "start": "pretrained"},
    "gru": {"kind": "gru", "start": "pretrained"},
    ZERO_SHOT: {"kind": ZERO_SHOT_KIND, "start": "pretrained", "epochs": 0, "networks": 1},
    **recipes.shipped_baselines(),
    "ensemble": {"kind": "ensemble"},
    "tutorial": {"kind": "tutorial"},
    "tutorial-as-written": {"kind": "tutorial", "scaled_on": "whole"},
}
