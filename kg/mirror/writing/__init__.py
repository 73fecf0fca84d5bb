"""Cypher that writes: run on an overlay of the mirror, round by round, and committed as quads in one transaction.

`statement` runs one statement, `running` its writing clauses, `overlay` is what the transaction has changed so far.
"""
