"""The sha256 of a version's files."""

from pathlib import Path

from morrow.registry.file_digests import digest_tags, find_altered


def test_digests_are_those_of_the_standard(tmp_path: Path) -> None:
    """The sha256 of "abc" is that of FIPS 180-2, appendix B.1; only an altered file is found."""
    files = [tmp_path / "model.json", tmp_path / "weights.safetensors"]
    for file in files:
        file.write_bytes(b"abc")
    tags = digest_tags(tmp_path)
    assert tags["sha256.model.json"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert find_altered(files, tags) is None
    files[1].write_bytes(b"abd")
    assert find_altered(files, tags) == files[1]
    assert find_altered(files, {}) is None
