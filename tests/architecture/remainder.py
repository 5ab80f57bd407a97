"""Names, tests and circles of earlier days that are still there: the lists only get shorter."""

CIRCLES = frozenset[tuple[str, ...]]()
UNMIRRORED = frozenset[str](
    [
        "test_adapting.py",
        "test_direction.py",
        "test_ensembles.py",
        "test_feature_registry.py",
        "test_heads.py",
        "test_outside.py",
        "test_training_judging.py",
        "test_training_options.py",
    ]
)
FILES = frozenset[str](
    [
        "boosted",
        "unrolled",
    ]
)
DEFINITIONS = frozenset[str](
    [
        "Answered",
        "Trained",
        "_answered",
        "_bounded",
        "_calibrated",
        "_centred",
        "_died",
        "_expected",
        "_followed",
        "_joined",
        "_judged",
        "_lagged",
        "_matured",
        "_moved",
        "_proven",
        "_registered",
        "_shifted",
        "_shipped",
        "_traded",
        "_transformed",
        "_uncalibrated",
        "_unchanged",
        "_used",
        "adapted",
        "believed",
        "cached",
        "changed",
        "combined",
        "documented",
        "fitted",
        "hidden",
        "joined",
        "judged",
        "lagged",
        "needed",
        "pegged",
        "restored",
        "scaled",
        "thinned",
    ]
)
VARIABLES = 23  # at most
