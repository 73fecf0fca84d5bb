"""Chinese questions as conditions: every way in which all characters of a question have a use."""

from kg.answers.chinese.questions import read_chinese

__all__ = ["read_chinese"]
