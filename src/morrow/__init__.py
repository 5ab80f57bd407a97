"""morrow: a nightly pipeline that retrains, judges and exports price forecasts."""

__version__ = "0.1.0"
