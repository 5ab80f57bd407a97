from morrow.export.targets.delivery import Delivery
from tests.exports import OLD_EXPORTS


def test_an_old_export_can_be_delivered() -> None:
    """An export of schema version 1 has the columns of today, empty where it lacks them."""
    delivery = Delivery.read(OLD_EXPORTS / "version_1" / "us5" / "2026-01-05")
    assert (delivery.universe, delivery.cutoff, delivery.revision) == ("us5", "2026-01-05", 1)
    assert delivery.rows["last_close"].null_count == len(delivery.rows) == 4
    assert delivery.rows.schema.names == delivery.schema.names
