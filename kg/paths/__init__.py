"""Typed paths: over which statements one thing of a graph leads to another, with their sentences."""

from kg.paths.model import Path, Sentence, Step
from kg.paths.searching import PathFinder, paths_from, shortest_paths
from kg.paths.wording import path_words, words_for

__all__ = ["Path", "PathFinder", "Sentence", "Step", "path_words", "paths_from", "shortest_paths", "words_for"]
