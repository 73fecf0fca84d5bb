"""The Cypher that the embedded engine answers: exactly as Neo4j 5.26 does, or not at all.

`preparing.prepare` rewrites a statement for kglite or refuses it by name. It is a list of what is allowed: every
construct of the syntax tree, every function and every combination of kinds of values has its rule, and what has none is
refused. What only the values decide becomes an error when it runs (`kg.mirror.answers.failure`), never another answer.
"""
