"""Train a small reconstructor and make a head with it: `python examples/train_reconstructor.py DATA RUN steps=200`.

DATA is a dataset folder (`panic3d render ... --rig ortho4`), RUN the folder for the run; what follows changes settings
of the preset `small`.
"""

import sys

from panic3d import HeadPipeline, train


def main(data: str, run: str, *settings: str) -> None:
    weights = train("reconstructor", data, run, settings=settings)
    print("weights:", weights)
    pipeline = HeadPipeline.from_weights(weights, method="panic3d")
    print("a method with these weights:", type(pipeline.method).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
