"""Names, tests and circles of earlier days that are still there: the lists only get shorter."""

CIRCLES = frozenset[tuple[str, ...]]()
UNMIRRORED = frozenset[str]()
FILES = frozenset[str](["boosted"])
DEFINITIONS = frozenset[str](
    [
        "_bounded",
        "_centred",
        "_expected",
        "_followed",
        "_joined",
        "_lagged",
        "_matured",
        "_moved",
        "_proven",
        "_registered",
        "_shifted",
        "_shipped",
        "_traded",
        "_transformed",
        "_unchanged",
        "_used",
        "believed",
        "cached",
        "changed",
        "judged",
        "lagged",
        "pegged",
    ]
)
VARIABLES = 8  # at most
