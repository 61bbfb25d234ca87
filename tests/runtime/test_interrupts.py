"""A Ctrl-C that Python would lose is heard all the same."""

import subprocess
import sys

import pytest

SCRIPT = """
import signal, sys, time, weakref
import click
from panic3d import __main__, cli

WHERE = sys.argv.pop(1)

def ctrl_c(*_):
    signal.raise_signal(signal.SIGINT)

class Something:
    def __del__(self):
        if WHERE == "destructor":
            ctrl_c()

@click.command()
def endless():
    something = Something()
    watched = weakref.ref(something, ctrl_c if WHERE == "weak reference" else None)
    del something
    while True:
        time.sleep(0.01)

cli.COMMANDS["endless"] = ("__main__:endless", "")
__main__.main()
"""


@pytest.mark.parametrize("where", ["destructor", "weak reference"])
def test_where_exceptions_are_ignored(where: str) -> None:
    words = [sys.executable, "-c", SCRIPT, where, "endless"]
    result = subprocess.run(words, capture_output=True, text=True, timeout=60)
    said = "panic3d: stopped by Ctrl-C; the same command goes on from here\n"
    assert (result.returncode, result.stderr) == (130, said)
