"""The server as a process, and the addresses it listens on."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import threading

import pytest

from api import create_app
from api.server import serve
from kg.errors import ConfigError
from tests.api.running import BEARER, TOKEN, fetch, running, stand_in

PROCESS = """
from api import create_app
from api.server import serve
from tests.api.running import stand_in
serve(create_app(stand_in()), "127.0.0.1", 0, lambda url: print(url, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_and_its_log_is_on_standard_error(number: signal.Signals) -> None:
    command = [sys.executable, "-c", PROCESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        host, _, port = process.stdout.readline().strip().removeprefix("http://").partition(":")
        assert fetch((host, int(port)), "GET", f"/version?token={TOKEN}", BEARER)[0].status == 200
        idle = http.client.HTTPConnection(host, int(port))
        idle.connect()
        process.send_signal(number)
        _, log = process.communicate(timeout=20)
        idle.close()
    assert process.returncode == 0
    assert " INFO api.access method=GET path=/version status=200 bytes=37 ms=" in log
    assert TOKEN not in log
    assert log.count("\n") == 1


def test_it_listens_on_ipv6() -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    with running(create_app(stand_in(**{"serve.host": "::1"})), "::1") as address:
        assert fetch(address, "GET", "/version")[0].status == 200


def test_an_address_that_cannot_be_had_is_an_error_with_a_way_out() -> None:
    app = create_app(stand_in())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"Cannot listen on 127\.0\.0\.1, port {port}: .*--port"):
            serve(app, "127.0.0.1", port, print, threading.Event())
    with pytest.raises(ConfigError, match=r"Cannot listen on 192\.0\.2\.1, port 0: .* Choose an address .* by --host"):
        serve(app, "192.0.2.1", 0, print, threading.Event())
    with pytest.raises(ConfigError, match=r"'nowhere\.invalid' is no address of this machine"):
        serve(app, "nowhere.invalid", 0, print, threading.Event())
