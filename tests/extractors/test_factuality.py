"""What is negated, asked, supposed, wished or ordered states nothing, nor does what is no text."""

from __future__ import annotations

import pytest

from tests.extractors.lab import Lab

pytestmark = pytest.mark.model

NOTHING = """
Tidepool does not use Redis.
Tidepool doesn't use Redis.
Tidepool never uses Redis.
Tidepool no longer uses Redis.
Tidepool hardly uses Redis.
Tidepool uses neither Redis nor DuckDB.
Neither Tidepool nor Lantern uses Redis.
Tidepool uses no Redis.
No version of Tidepool uses Redis.
No one uses Redis.
Nobody at Acme Robotics uses Redis.
Tidepool works without Redis.
It is not true that Tidepool uses Redis.
Tidepool is not written in Rust.
Tidepool is not an alternative to Obsidian.
Tidepool stopped using Redis.
Tidepool failed to use Redis.
Tidepool used to use Redis.
Tidepool could use Redis.
Tidepool might use Redis.
Tidepool should use Redis.
Tidepool will use Redis.
Tidepool would use Redis.
Tidepool must use Redis.
Tidepool cannot use Redis.
Tidepool may be written in Rust.
Maybe Tidepool uses Redis.
Perhaps Tidepool is written in Rust.
Tidepool is probably written in Rust.
Tidepool is supposed to use Redis.
If Tidepool uses Redis, we lose.
We lose if Tidepool uses Redis.
Unless Tidepool uses Redis, we lose.
Tidepool uses Redis if it must.
Once Tidepool uses Redis, we win.
Until Tidepool uses Redis, we wait.
We wonder whether Tidepool uses Redis.
Does Tidepool use Redis?
Tidepool uses Redis?
Why does Tidepool use Redis?
Use Redis.
Use Redis with Lantern.
Please use Redis.
Let's use Redis.
To use Redis, install Docker.
It is easy to use Redis.
Tidepool wants to use Redis.
Tidepool plans to use Redis.
Mara Lindqvist wants Tidepool to use Redis.
Mara Lindqvist wants to work for Halden Analytics.
Mara Lindqvist believes that Tidepool uses Redis.
I think Tidepool uses Redis.
I hope Tidepool uses Redis.
I doubt that Tidepool uses Redis.
If Mara Lindqvist works for Halden Analytics, we win.
Had Mara Lindqvist worked for Halden Analytics, we would know.
Assuming Mara Lindqvist works for Halden Analytics, fine.
Unless Mara Lindqvist works for Halden Analytics, no.
It is unlikely that Tidepool uses Redis.
It is false that Mara Lindqvist works for Halden Analytics.
There is no evidence that Tidepool uses Redis.
Contrary to rumours, Tidepool uses Redis.
Rumor has it that Mara Lindqvist works for Halden Analytics.
Omar Haddad claims that Mara Lindqvist works for Halden Analytics.
A friend of Mara Lindqvist works for Halden Analytics.
""".strip().splitlines()

NO_TEXT = [
    "<!-- Tidepool uses Redis. -->",
    "%% Tidepool uses Redis. %%",
    "```\nTidepool uses Redis.\n```",
    "~~~text\nTidepool uses Redis.\n~~~",
    "    Tidepool uses Redis.",
    "$$ Tidepool uses Redis $$",
    "Run `Tidepool --uses=Redis` now.",
]

CHINESE = """
Oxigraph不依赖Redis。
Oxigraph没有使用Redis。
Oxigraph尚未使用Redis。
Oxigraph使用Redis吗？
Oxigraph是否使用Redis。
Oxigraph会不会使用Redis？
Oxigraph使用Redis?
如果Oxigraph使用Redis，就会更快。
Oxigraph可能使用Redis。
Oxigraph计划使用Redis。
""".strip().splitlines()


@pytest.mark.parametrize("text", [*NOTHING, *NO_TEXT, *CHINESE])
def test_nothing_is_stated(lab: Lab, text: str) -> None:
    assert lab.facts(text) == set()


def test_one_clause_does_not_speak_for_another(lab: Lab) -> None:
    assert lab.facts("Tidepool uses Redis, and Lantern does not use DuckDB.") == {"Tidepool | uses | Redis"}
    assert lab.facts("Tidepool does not use Redis. It uses DuckDB.") == {"Tidepool | uses | DuckDB"}


def test_a_not_pattern_rules_its_property_out(lab: Lab) -> None:
    assert lab.facts("Mara Lindqvist used to work for Halden Analytics.") == set()
