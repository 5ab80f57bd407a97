"""Tools for people, which no night uses: audit, tuning, tutorials, and bar history as of a day."""
