"""Real `kg serve` processes for tests, on free ports of this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KG = Path(sys.executable).parent / "kg"
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """What an HTTP request got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@dataclass(frozen=True)
class Server:
    """A server that answers at `url` (without a slash at its end)."""

    url: str
    token: str
    process: subprocess.Popen[str]
    messages: Path

    def request(
        self, method: str, path: str, body: bytes | str | None = None, token: str | None = "", **headers: str
    ) -> Reply:
        """Send a request with the server's token, another one, or none (None); `accept=` gives the header Accept."""
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(self.url + path, data, method=method)
        if token is not None:
            request.add_header("Authorization", f"Bearer {token or self.token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as response:
                return Reply(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers), error.read())

    def update(self, text: str) -> Reply:
        """Run a SPARQL update."""
        return self.request("POST", "/update", text, content_type="application/sparql-update")

    def select(self, text: str) -> list[dict[str, str]]:
        """Return the rows of a SPARQL query, by name, without kinds and types."""
        reply = self.request(
            "POST", "/query", text, content_type="application/sparql-query", accept="application/sparql-results+json"
        )
        assert reply.status == 200, reply.text
        rows = json.loads(reply.body)["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in rows]

    def stop(self) -> int:
        """Have it end as a service manager does, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_SECONDS)


@contextmanager
def start_server(
    home: Path, *arguments: str, environment: Mapping[str, str] | None = None, stops_well: bool = True
) -> Iterator[Server]:
    """Run `kg serve` on a home until the block ends, then check that it stopped as it should.

    Args:
        arguments: more of the command line; the port is a free one unless one is given.
        environment: more of the environment: `{"KG_SERVE_READERS": "2"}`.
        stops_well: whether its exit code must be 0.
    """
    port = () if "--port" in arguments else ("--port", "0")
    messages = home.parent / f"{home.name}.serve.log"
    with messages.open("w") as log:
        process = subprocess.Popen(
            [str(KG), "serve", "--home", str(home), *port, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
    assert process.stdout is not None
    try:
        line = process.stdout.readline().strip()
        assert line, f"kg serve ended with {process.wait(_STOP_SECONDS)}: {messages.read_text()}"
        url = json.loads(line)["url"] if line.startswith("{") else line
        token = json.loads((home / "serve.json").read_text())["token"]
        server = Server(url.rstrip("/"), token, process, messages)
        yield server
        code = server.stop()
        assert not stops_well or code == 0, messages.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
