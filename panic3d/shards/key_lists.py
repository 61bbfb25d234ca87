"""Lists of keys and ids in text files: one per line, or the first column of a table."""

import csv
from pathlib import Path

from panic3d.runtime.regular_files import read_file


def read_first_column(path: Path) -> list[str]:
    """Read the first cell of every line of a text or CSV file, without the space around it; empty lines are "".

    Only line feeds and carriage returns end a line: names may hold U+2028 and the like. Raises ValueError where the
    file is no text in UTF-8, OSError or UnsuitableFile where it cannot be read.
    """
    lines = read_file(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        return [next(csv.reader([line]))[0].strip() if line else "" for line in lines]
    except csv.Error as error:  # a cell of more than 131,072 characters
        raise ValueError(str(error)) from error
