"""The one way out to other servers, and what they answer."""

from kg.remote.answers import RESULTS_JSON, read_rdf, read_solutions
from kg.remote.fetching import RemoteAccess, RemoteResponse, RemoteTooLargeError, Resolver, allow_hosts, fetch

__all__ = [
    "RESULTS_JSON",
    "RemoteAccess",
    "RemoteResponse",
    "RemoteTooLargeError",
    "Resolver",
    "allow_hosts",
    "fetch",
    "read_rdf",
    "read_solutions",
]
