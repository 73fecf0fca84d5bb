"""The core of Noemata: values, ontology, stores, queries and the command line."""

__version__ = "0.1.0"
