"""Layers that several small networks share."""

from torch import nn


def make_convolution_block(inputs: int, outputs: int, stride: int) -> nn.Module:
    """Return a 3x3 convolution, batch normalisation and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
