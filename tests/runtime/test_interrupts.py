"""A Ctrl-C or SIGTERM that Python would lose is heard all the same."""

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, signal, sys, time, weakref
import click
from panic3d import __main__, cli

WHERE, NUMBER = sys.argv.pop(1), int(sys.argv.pop(1))

def stop(*_):
    signal.raise_signal(NUMBER)

class Something:
    def __del__(self):
        if WHERE == "destructor":
            stop()

@click.command()
def endless():
    something = Something()
    watched = weakref.ref(something, stop if WHERE == "weak reference" else None)
    del something
    if WHERE == "body":
        stop()
    if WHERE == "C code":  # prints what its Python code raises, and goes on
        ctypes.pythonapi.PyRun_SimpleString(b"stop()")
    while True:
        time.sleep(0.01)

cli.COMMANDS["endless"] = ("__main__:endless", "")
__main__.main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("where", ["body", "destructor", "weak reference", "C code"])
def test_a_signal_is_one_sentence_and_its_exit_code(where: str, number: signal.Signals) -> None:
    words = [sys.executable, "-c", SCRIPT, where, str(int(number)), "endless"]
    result = subprocess.run(words, capture_output=True, text=True, timeout=60)
    name = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}[number]
    said = f"panic3d: stopped by {name}; the same command goes on from here\n"
    assert (result.returncode, result.stderr) == (128 + number, said)
