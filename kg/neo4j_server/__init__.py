"""A Neo4j server of the home's own: found, started, waited for and stopped."""
