"""Pictures of numbers: points on a plane, lines and bars, as PNG or as one HTML file that needs nothing else."""

from kg.pictures.drawing import SUFFIXES, Drawing, check_suffix, draw
from kg.pictures.values import Bars, BarSeries, Caption, Lines, Page, Picture, Point, Scatter, Series

__all__ = [
    "SUFFIXES",
    "BarSeries",
    "Bars",
    "Caption",
    "Drawing",
    "Lines",
    "Page",
    "Picture",
    "Point",
    "Scatter",
    "Series",
    "check_suffix",
    "draw",
]
