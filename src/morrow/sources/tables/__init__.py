"""Tables in a person's own layout, as text, Parquet or rows of a database, read into bars.

``columns`` has the usual names of columns, ``layouts`` every layout that is understood.
"""
