"""Reading the graph for pages and programs: notes, entities, statements, neighbours, paths, the ontology, tags.

Each module returns a JSON document from a graph; `requests` has what can be asked for, which is all that those who only
ask need to import.
"""
