"""The graph to and from files: RDF syntaxes both ways, and graph formats for drawing tools."""
