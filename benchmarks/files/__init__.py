"""Files as people have them, written from one simulated market and read back as a user would.

Nothing here that writes files or knows the truth uses morrow's own words for columns, dates or numbers.
"""
