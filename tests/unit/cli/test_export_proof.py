import json
from pathlib import Path

from morrow import export
from tests.commands import run
from tests.exports import LINEAGE, SCHEMA, rows


def test_a_proved_folder_exits_with_0_and_an_altered_one_with_1(tmp_path: Path) -> None:
    """Verify says in one line that a folder is proved, or what differs."""
    for scale in (2.0, 1.0):
        path = export.write(rows(scale), tmp_path, LINEAGE, SCHEMA).path
    code, out, err = run("export", "verify", str(path))
    assert (code, err) == (0, "")
    assert out == f"{path}  proved: 4 rows, schema version 2, revision 2, and 1 earlier\n"
    assert json.loads(run("export", "verify", str(tmp_path / "us5"), "--json")[1])["revision"] == 2
    (path / "forecasts.csv").write_text("x")
    code, out, err = run("export", "verify", str(path))
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "forecasts.csv has sha256" in err
    assert run("export", "verify", str(tmp_path / "nowhere"))[0] == 1
