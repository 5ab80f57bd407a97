"""``morrow recipes``: list every kind of model with its options, or validate a recipe's file."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from cyclopts import Parameter
from pydantic.fields import FieldInfo

from morrow.cli.output import format_table, print_json, print_text
from morrow.config import KINDS, RECIPES, Recipe, Section, identity, load_recipe, shipped_recipe
from morrow.errors import ConfigError, did_you_mean

BOUNDS = (("ge", "≥ {:g}"), ("gt", "> {:g}"), ("le", "≤ {:g}"), ("lt", "< {:g}"))


def recipes(
    recipe: Annotated[
        str | None,
        Parameter(name="RECIPE", help="A shipped recipe's name, or a TOML file; default: list the kinds."),
    ] = None,
    /,
    *,
    json: Annotated[bool, Parameter(help="End stdout with one line of JSON.")] = False,
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False,  # noqa: ARG001 (see app.main)
) -> int:
    """List kinds with options, defaults and ranges, or resolve a file's options and name their identity."""
    if recipe is None:
        kinds = _describe_kinds()
        print_json(kinds) if json else print_text("\n\n".join(map(_format_kind, kinds)))
        return 0
    name, resolved = _resolve(recipe)
    options = resolved.model_dump(mode="json")
    if json:
        print_json({"name": name, "identity": identity(resolved), "options": options})
    else:
        rows = [[name, _format_value(value)] for name, value in options.items()]
        head = f"{name}  identity {identity(resolved)} (a hash of these options, the same under any name)"
        print_text("\n".join([head, *format_table(["option", "value"], rows)]))
    return 0


def _resolve(recipe: str) -> tuple[str, Recipe]:
    """A shipped recipe by its name, or that of a file.

    Raises:
        ConfigError: it is neither.
    """
    if recipe in RECIPES:
        return recipe, shipped_recipe(recipe)
    file = Path(recipe)
    if not file.suffix and not file.exists():
        raise ConfigError(
            f'recipe "{recipe}" is neither shipped nor a file; shipped: '
            f"{', '.join(RECIPES)}{did_you_mean(recipe, RECIPES)}"
        )
    return file.stem, load_recipe(file)


def _describe_kinds() -> list[dict[str, Any]]:
    """One document per table of options, with the kinds that it serves."""
    by_table: dict[type[Section], list[str]] = {}
    for kind, section in KINDS.items():
        by_table.setdefault(section, []).append(kind)
    return [
        {
            "kinds": kinds,
            "about": (section.__doc__ or "").strip().splitlines()[0],
            "options": [
                {
                    "name": name,
                    "default": field.default,
                    "allowed": _describe_range(field),
                    "meaning": field.description or "",
                }
                for name, field in section.model_fields.items()
                if name != "kind"
            ],
        }
        for section, kinds in by_table.items()
    ]


def _describe_range(field: FieldInfo) -> str:
    """The values that an option may have, in words."""
    bounds = [
        text.format(getattr(each, name))
        for each in field.metadata
        for name, text in BOUNDS
        if hasattr(each, name)
    ]
    return " and ".join(bounds) or _choices(field.annotation)


def _choices(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    if get_origin(kind) is tuple and get_args(kind)[0] is str:
        return "names"
    if get_origin(kind) is tuple:
        return f"{len(get_args(kind))} numbers > 0"
    parts = [_choices(each) for each in get_args(kind) if each is not type(None)]
    return " or ".join(part for part in parts if part)


def _format_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(each if isinstance(each, str) else f"{each:g}" for each in value)
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _format_kind(kind: dict[str, Any]) -> str:
    lines = [f"{', '.join(kind['kinds'])}: {kind['about']}"]
    rows = [[each["name"], _format_value(each["default"]), each["allowed"]] for each in kind["options"]]
    if rows:
        texts = format_table(["option", "default", "allowed"], rows)
        meanings = ["meaning", *(each["meaning"] for each in kind["options"])]
        wide = max(map(len, texts))
        lines += [
            f"{text.ljust(wide)}  {meaning}".rstrip() for text, meaning in zip(texts, meanings, strict=True)
        ]
    return "\n".join(lines)
