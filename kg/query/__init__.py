"""Queries and updates: SPARQL, the formats of its answers, and saved queries."""
