"""The store in Neo4j: the property graph is the truth, and SPARQL is answered from slices of it."""
