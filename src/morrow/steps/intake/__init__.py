"""Take in prices: fetch, compare, check, and store them or put them in quarantine."""
