"""The text of Cypher statements: tokens, syntax trees, and what a statement would do. No graph, no database."""
