"""The home folder: what lies in it, and who may open its store.

```
HOME/
├─ kg.toml       the settings
├─ ontology.*    the user's ontology, as it was given
├─ roots.json    the vaults: name to absolute path
├─ .posted/      notes that were sent to the server: those of the graph, and those that wait to be read
├─ store/        the embedded store
├─ neo4j/        how a store in Neo4j is reached, its kept copy, and the server that was started for it
├─ mirror/       the property graph of an embedded store, which Cypher reads; only its owner can read it
├─ cache/        parses and indexes; may be deleted at any time
├─ models/       the models that were trained on the graph, a folder each
├─ lock          locked shared by readers and exclusively by a writer, for its run
├─ owner.json    the writer's pid and command, and the checkpoint it offers to readers
├─ checkpoint/   the store as it was when a long run began, or as the server last gave it to readers
├─ serve.lock    locked by a server for its run
├─ serve.json    where the server answers; only its owner can read it
├─ audit.log     what was changed through the server; only its owner can read it
├─ refused.log   who asked the server for a change without the token; only its owner can read it
└─ token         the secret of the server's clients; only its owner can read it
```

Locks are the operating system's, so they end with their process however it ends; what a killed writer
or server left in `owner.json`, `serve.json` and `checkpoint/` is ignored and swept by the next one.
"""

from __future__ import annotations

from kg.home.folder import POSTED, Home, create_home, find_home, read_roots, write_atomically, write_roots
from kg.home.neo4j_record import read_server
from kg.home.opening import OpenStore, open_for_reading, open_for_writing
from kg.home.owners import Owner, read_owner
from kg.home.running import RunningServer, find_server
from kg.home.settings import fix_base, own_base, store_settings, with_base

__all__ = [
    "POSTED",
    "Home",
    "OpenStore",
    "Owner",
    "RunningServer",
    "create_home",
    "find_home",
    "find_server",
    "fix_base",
    "open_for_reading",
    "open_for_writing",
    "own_base",
    "read_owner",
    "read_roots",
    "read_server",
    "store_settings",
    "with_base",
    "write_atomically",
    "write_roots",
]
