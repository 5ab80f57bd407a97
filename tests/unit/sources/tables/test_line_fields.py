"""Fields of a line."""

from morrow.sources.tables.line_fields import join_fields, split_line


def test_a_line_is_divided_and_joined() -> None:
    """Quoted separators and doubled quotes survive both ways; an unclosed quote cannot be divided."""
    fields = ["A,B", 'say "so"', ""]
    assert split_line(join_fields(fields, ",").decode(), ",") == fields
    assert split_line('a,"b', ",") is None
