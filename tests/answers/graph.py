"""A graph of a few facts in two languages, which the questions of the tests are about."""

from __future__ import annotations

from tests.answers.facts import PREFIXES, fact, thing

__all__ = ["FACTS"]

FACTS = PREFIXES + "".join(
    [
        thing("ada", "kg:Person", ["Ada Lovelace", "艾达"]),
        thing("bob", "kg:Person", ["Bob Stone"]),
        thing("eve", "kg:Person", ["Eve Stone"]),
        thing("acme", "kg:Company", ["Acme", "艾克米公司"]),
        thing("delta", "kg:Company", ["Delta Works"]),
        thing("lamp", "kg:Software", ["Lamp", "明灯"]),
        thing("mill", "kg:Software", ["Mill"]),
        thing("pond", "kg:Software", ["Pond"]),
        thing("rust", "kg:ProgrammingLanguage", ["Rust"]),
        thing("java", "kg:ProgrammingLanguage", ["Java"]),
        thing("oslo", "kg:Place", ["Oslo", "奥斯陆"]),
        thing("norway", "kg:Place", ["Norway", "挪威"]),
        thing("alpha", "kg:Project", ["Alpha"]),
        thing("beta", "kg:Project", ["Beta"]),
        thing("gamma", "kg:Project", ["Gamma"]),
        thing("retro", "kg:Meeting", ["2025-05-15 Lamp retro"]),
        fact(":ada", "kg:worksFor", ":acme", "Ada works for Acme.", "ada.md"),
        fact(":bob", "kg:worksFor", ":acme", "Bob Stone is employed by Acme.", "bob.md"),
        fact(":bob", "kg:worksFor", ":delta", "Bob Stone worked for Delta Works before.", "bob.md"),
        fact(":eve", "kg:worksFor", ":mill_hill", "Eve Stone works for Mill Hill.", "eve.md"),
        thing("mill_hill", "kg:Organisation", ["Mill Hill"]),
        fact(":bob", "kg:livesIn", ":oslo", "Bob Stone lives in Oslo.", "bob.md"),
        fact(":acme", "kg:creatorOf", ":lamp", "Acme developed Lamp.", "lamp.md"),
        fact(":ada", "kg:founderOf", ":acme", "Acme was founded by Ada in 1999.", "acme.md"),
        fact(":acme", "kg:foundedOn", '"1999"^^xsd:gYear', "Acme was founded by Ada in 1999.", "acme.md"),
        fact(":acme", "kg:locatedIn", ":oslo", "Acme is located in Oslo.", "acme.md"),
        fact(":oslo", "kg:locatedIn", ":norway", "Oslo is in Norway.", "oslo.md"),
        fact(":lamp", "kg:dependsOn", ":mill", "Lamp depends on Mill.", "lamp.md"),
        fact(":lamp", "kg:uses", ":pond", "Lamp uses Pond.", "lamp.md"),
        fact(":mill", "kg:uses", ":pond", "Mill uses Pond too.", "mill.md"),
        fact(":lamp", "kg:writtenIn", ":rust", "Lamp is written in Rust.", "lamp.md"),
        fact(":lamp", "kg:version", '"0.9"', "version: 0.9", "lamp.md", "stated"),
        fact(":lamp", "term:budget", '"40 crowns"', "budget: 40 crowns", "lamp.md", "stated"),
        fact(":pond", "rdf:type", "kg:Software", "Pond is a graph database.", "pond.md"),
        fact(":alpha", "kg:dueDate", '"2025-06-30"^^xsd:date', "due: 2025-06-30", "alpha.md", "stated"),
        fact(":beta", "kg:dueDate", '"2025-03-01"^^xsd:date', "due: 2025-03-01", "beta.md", "stated"),
        fact(":alpha", "kg:status", '"active"', "status: active", "alpha.md", "stated"),
        fact(":beta", "kg:status", '"archived"', "status: archived", "beta.md", "stated"),
        'note:pebbles { note:pebbles a kg:Note ; kg:path "pebbles.md" ; rdfs:label "Pebbles" ; kg:taggedWith tag:rare . '
        'tag:rare a kg:Tag ; rdfs:label "rare" }\n',
        fact(":retro", "kg:hasParticipant", ":ada", "attendees: Ada", "retro.md", "stated"),
        fact("note:java", "kg:mentions", ":lamp", "Lamp is not written in Java.", "java.md"),
        fact("note:java", "kg:mentions", ":java", "Lamp is not written in Java.", "java.md"),
    ]
)
