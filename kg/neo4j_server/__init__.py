"""A Neo4j server of the home's own: found, started, waited for and stopped."""

from __future__ import annotations

from kg.neo4j_server.importing import offline_import
from kg.neo4j_server.running import Found, find_running, server_folder, start_server, stop_server

__all__ = ["Found", "find_running", "offline_import", "server_folder", "start_server", "stop_server"]
