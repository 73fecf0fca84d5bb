"""Recommendation: which notes go with a note, an entity or a user, each with its reasons.

Nothing is imported here: what holds matrices is imported where it is used.
"""
