"""`metadata.parquet` of a folder of downloads."""

from pathlib import Path
from typing import Any

import pandas

from panic3d.datagen.sources.http.collection import write_metadata


def test_columns_of_several_types_become_text(tmp_path: Path) -> None:
    """A site that gives a number here and a text there must not cost the table of the whole folder."""
    rows: list[dict[str, Any]] = [
        {"id": "1", "version": "9", "size": 1, "tags": ["a"], "flag": True, "large": 10**30, "mixed": [1, "a"]},
        {"id": "2", "version": 9.5, "size": 2.5, "tags": [], "flag": None, "large": 1, "mixed": {"a": []}},
        {"id": "3", "version": None, "tags": ["b", "c"]},
    ]
    write_metadata(tmp_path, rows)
    table = pandas.read_parquet(tmp_path / "metadata.parquet").set_index("id")
    assert table["version"].tolist()[:2] == ["9", "9.5"] and pandas.isna(table["version"].iloc[2])
    assert table["size"].tolist()[:2] == [1.0, 2.5]
    assert [list(tags) for tags in table["tags"]] == [["a"], [], ["b", "c"]]
    assert table["flag"].iloc[0] and pandas.isna(table["flag"].iloc[1])
    assert table["large"].tolist()[:2] == [str(10**30), "1"]
    assert table["mixed"].tolist()[:2] == ['[1, "a"]', '{"a": []}']
