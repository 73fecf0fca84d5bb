"""The text of SPARQL requests."""
