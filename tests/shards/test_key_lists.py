"""Lists of keys and ids: only line ends end a line, whatever else is in a name."""

from pathlib import Path

import pytest

from panic3d.shards.key_lists import read_first_column


def test_first_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffid,x\r\n"a,b",1\r c \n\nd\u2028e\u0085f\x0cg,2\n"half\nlast'.encode())
    assert read_first_column(path) == ["id", "a,b", "c", "", "d\u2028e\u0085f\x0cg", "half", "last"]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a" * 200_000])
def test_what_is_no_list(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(ValueError, match=r"decode|larger"):
        read_first_column(tmp_path / "a")
