"""How many requests a client may send, and what it is told beyond that."""

from __future__ import annotations

import json

import pytest

from api import create_app
from api.problems import TooManyRequestsError
from api.rates import Allowance
from tests.api.running import fetch, running, stand_in


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_holds_so_many_and_fills_up_evenly() -> None:
    clock = Clock()
    allowance = Allowance(3, clock)
    for _ in range(3):
        allowance.take("a")
    with pytest.raises(TooManyRequestsError) as caught:
        allowance.take("a")
    assert caught.value.retry_after == 20
    clock.now += 19.0
    with pytest.raises(TooManyRequestsError) as caught:  # being refused costs nothing
        allowance.take("a")
    assert caught.value.retry_after == 1
    clock.now += 1.0
    allowance.take("a")
    with pytest.raises(TooManyRequestsError):
        allowance.take("a")
    clock.now += 1000.0
    for _ in range(3):
        allowance.take("a")
    with pytest.raises(TooManyRequestsError):
        allowance.take("a")


def test_clients_do_not_share_and_are_not_remembered_without_end() -> None:
    allowance = Allowance(1, Clock())
    for number in range(20_000):
        allowance.take(f"client {number}")
    with pytest.raises(TooManyRequestsError):
        allowance.take("client 19999")
    assert len(allowance._left) == 10_000


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    with running(create_app(stand_in(**{"serve.requests_per_minute": 2}))) as address:
        found = [fetch(address, "GET", "/openapi.json")[0].status for _ in range(3)]
        assert found == [200, 200, 429]
        response, content = fetch(address, "GET", "/openapi.json")
        told = json.loads(content)
        assert int(response.headers["Retry-After"]) in range(1, 31)
        assert (told["type"], told["status"]) == ("urn:noemata:problem:too-many-requests", 429)
        for path in ("/healthz", "/readyz", "/version", "/version/"):  # whoever watches is not counted
            assert fetch(address, "GET", path)[0].status == 200
        assert fetch(address, "POST", "/api/store/checkpoint")[0].status == 200


def test_usually_there_is_no_limit() -> None:
    with running(create_app(stand_in())) as address:
        assert {fetch(address, "GET", "/api")[0].status for _ in range(50)} == {200}
