"""``morrow features --list``: every feature by group, with what it needs and why it is there."""

from typing import Any

from morrow.cli.asked import CONFIG, Asked
from morrow.cli.output import say, say_json, table

HEAD = ["feature", "inputs", "warm-up", "unit"]


def catalogue(asked: Asked) -> int:
    """List the registry, with the features of the configured module; * marks those that are selected.

    Raises:
        ConfigError: the configuration, its module or its selection cannot be used.
    """
    rows = _rows(asked)
    if asked.json:
        say_json(rows)
        return 0
    blocks = []
    for group in dict.fromkeys(row["group"] for row in rows):
        own = [row for row in rows if row["group"] == group]
        cells = [
            [
                f"{'*' if row['selected'] else ' '} {row['name']}",
                " ".join(row["inputs"]),
                str(row["warm_up"]),
                row["unit"],
            ]
            for row in own
        ]
        lines = table(HEAD, cells, 4)
        wide = max(map(len, lines))
        whys = ["why", *(f"{row['why']} ({row['source']})" for row in own)]
        told = [f"{line.ljust(wide)}  {why}" for line, why in zip(lines, whys, strict=True)]
        blocks.append("\n".join([f"{group}: {own[0]['group_about']}", *told]))
    say("\n\n".join(blocks))
    return 0


def _rows(asked: Asked) -> list[dict[str, Any]]:
    from morrow import features  # noqa: PLC0415 (scikit-learn)
    from morrow.steps.chosen import chosen  # noqa: PLC0415

    there = asked.config.exists() or asked.config != CONFIG
    selected = features.expand_selection(chosen(asked.read()[0]) if there else ("default",))
    return [
        {
            "name": each.name,
            "group": each.group,
            "group_about": features.GROUPS.get(each.group, "features of a user's module"),
            "selected": each.name in selected,
            "inputs": list(each.inputs),
            "warm_up": each.warm_up,
            "unit": each.unit,
            "source": each.source,
            "why": each.why,
        }
        for each in features.REGISTRY.values()
    ]
