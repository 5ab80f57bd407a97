"""Tools beside the night: audit, tuning, tutorials, and what was known of a symbol on a day."""
