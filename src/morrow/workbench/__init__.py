"""Tools for people, which no night uses: audit, tuning, tutorials, bar history, reproduction, explanation."""
