"""English questions as conditions: every way in which all words of a question have a use."""

from kg.answers.english.questions import read_english
from kg.answers.english.words import Words

__all__ = ["Words", "read_english"]
