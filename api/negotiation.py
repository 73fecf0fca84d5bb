"""Which format an answer gets: the `Accept` header (RFC 9110, 12.5.1), or `format` in the request.

What is asked is known only when the query is parsed, so a format is chosen for each kind of answer. The
most specific range of the header that fits a media type gives its quality; of equal qualities, a media
type that was named goes before one that a wildcard let in, then the order of `OFFERS` decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from werkzeug.http import parse_options_header

from kg.errors import NotAcceptableError
from kg.query.formats import FORMATS
from kg.results import Kind

__all__ = ["GRAPH_OFFERS", "OFFERS", "Offer", "choose", "choose_offer", "first_known", "graph_offers", "prefers_page"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A media type that can be had: the format's name in `kg.query.formats`, and how the answer is labelled."""

    media_type: str
    format: str

    @property
    def content_type(self) -> str:
        """The media type as a header; what is text says its encoding, because HTTP clients guess otherwise."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


def _registered(*formats: str) -> tuple[Offer, ...]:
    """Return the offers of formats under the media types that they are registered with."""
    return tuple(Offer(FORMATS[name].media_type.partition(";")[0], name) for name in formats)


_RESULTS = _registered("json", "xml")
_TABLES = _registered("csv", "tsv")
# Names that clients still send: from before the registration, or for whatever XML or JSON there is.
_OTHER_RESULTS = (
    Offer("application/json", "json"),
    Offer("application/xml", "xml"),
    Offer("text/xml", "xml"),
)
_OTHER_GRAPHS = (
    Offer("application/x-turtle", "turtle"),
    Offer("application/turtle", "turtle"),
    Offer("text/n3", "turtle"),
    Offer("text/rdf+n3", "turtle"),
    Offer("text/plain", "ntriples"),
    Offer("application/xml", "rdfxml"),
    Offer("text/xml", "rdfxml"),
    Offer("application/json", "jsonld"),
)


def graph_offers(*formats: str) -> tuple[Offer, ...]:
    """Return what can be had in some RDF formats: first their own media types in this order, then other names."""
    return (*_registered(*formats), *(offer for offer in _OTHER_GRAPHS if offer.format in formats))


GRAPH_OFFERS = graph_offers("turtle", "ntriples", "rdfxml", "jsonld", "nquads", "trig")
"""For RDF, the preferred one first."""

OFFERS: Mapping[Kind, Sequence[Offer]] = {
    "solutions": (*_RESULTS, *_TABLES, *_OTHER_RESULTS),
    "boolean": (*_RESULTS, *_OTHER_RESULTS),
    "graph": GRAPH_OFFERS,
}
"""What can be had for each kind of answer, the preferred one first."""

_SHORT: Mapping[str, Sequence[str]] = {
    "json": ("json", "jsonld"),
    "xml": ("xml", "rdfxml"),
    "csv": ("csv",),
    "tsv": ("tsv",),
    "turtle": ("turtle",),
    "ttl": ("turtle",),
    "n3": ("turtle",),
    "ntriples": ("ntriples",),
    "nt": ("ntriples",),
    "rdfxml": ("rdfxml",),
    "rdf+xml": ("rdfxml",),
    "rdf": ("rdfxml",),
    "jsonld": ("jsonld",),
    "json-ld": ("jsonld",),
    "nquads": ("nquads",),
    "nq": ("nquads",),
    "trig": ("trig",),
}
"""Values of `format` besides media types: what SPARQLWrapper, YASGUI and people send."""

_PAGES = (Offer("text/html", ""), Offer("application/xhtml+xml", ""))


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of a header, as `text/*`."""

    media_type: str
    quality: float

    @property
    def specificity(self) -> int:
        return 0 if self.media_type == "*/*" else 1 if self.media_type.endswith("/*") else 2


def first_known(*parameters: Sequence[str]) -> str:
    """Return which value of `format` and its likes counts: the first that is a format's name.

    SPARQLWrapper sends several, one of them a whole `Accept` header. If none is known, the first is
    returned, for the error that says so; empty if there is none.
    """
    sent = [value for values in parameters for value in values if value]
    known = (value for value in sent if any(_named(value, offers) for offers in OFFERS.values()))
    return next(known, next(iter(sent), ""))


def choose(accept: str, wanted: str = "") -> dict[Kind, Offer]:
    """Return the format for each kind of answer; a kind that nothing acceptable can hold is left out.

    Args:
        accept: the header; empty takes everything.
        wanted: `format` of the request: a media type or a short name. It goes before the header for the
            kinds of answers that it can hold.

    Raises:
        NotAcceptableError: nothing acceptable can hold any kind, or no format has that name.
    """
    chosen: dict[Kind, Offer] = {}
    for kind, offers in OFFERS.items():
        best = _named(wanted, offers) if wanted else None
        best = best or _best(accept, offers)
        if best is not None:
            chosen[kind] = best
    if wanted and not any(_named(wanted, offers) for offers in OFFERS.values()):
        raise NotAcceptableError(f"No format is called {wanted!r}. Known: {', '.join(_SHORT)}, and media types.")
    if not chosen:
        every = (offer for offers in OFFERS.values() for offer in offers)
        raise NotAcceptableError(_refusal(accept, every))
    return chosen


def choose_offer(accept: str, offers: Sequence[Offer], wanted: str = "") -> Offer:
    """Return the best of some offers.

    Raises:
        NotAcceptableError: none is acceptable; the message lists them.
    """
    best = (_named(wanted, offers) if wanted else None) or _best(accept, offers)
    if best is None:
        raise NotAcceptableError(_refusal(accept, offers))
    return best


def prefers_page(accept: str) -> bool:
    """Return whether a client asks for a web page by name and for nothing else as much: a browser."""
    ranges = [each for each in _parse(accept) if each.specificity == 2]
    page = max((each.quality for each in ranges if _names_any(each, _PAGES)), default=0.0)
    others = max((each.quality for each in ranges if not _names_any(each, _PAGES)), default=0.0)
    return page > 0 and page >= others


def _names_any(each: _Range, offers: Sequence[Offer]) -> bool:
    return any(each.media_type == offer.media_type for offer in offers)


def _named(wanted: str, offers: Sequence[Offer]) -> Offer | None:
    names = _SHORT.get(wanted.lower(), ())
    for offer in offers:
        if offer.format in names or offer.media_type == wanted.lower():
            return offer
    return None


def _best(accept: str, offers: Sequence[Offer]) -> Offer | None:
    ranges = _parse(accept) if accept.strip() else [_Range("*/*", 1.0)]
    best, best_rank = None, (0.0, -1)
    for offer in offers:
        fitting = [each for each in ranges if _fits(each.media_type, offer.media_type)]
        if not fitting:
            continue
        deciding = max(fitting, key=lambda each: each.specificity)
        rank = (deciding.quality, deciding.specificity)
        if deciding.quality > 0 and rank > best_rank:
            best, best_rank = offer, rank
    return best


def _fits(media_range: str, media_type: str) -> bool:
    return media_range in (media_type, "*/*", media_type.partition("/")[0] + "/*")


def _parse(accept: str) -> list[_Range]:
    """Return the ranges of a header; a member that is not well-formed says nothing (RFC 9110, 5.6.1).

    Parameters other than `q` do not tell our formats apart and are passed over, but for a charset that
    is not ours.
    """
    ranges = []
    for member in accept.split(","):
        media_type, parameters = parse_options_header(member.strip())
        if media_type == "*":
            media_type = "*/*"  # what Java's HttpURLConnection sends
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            continue
        if not 0 <= quality <= 1 or media_type.count("/") != 1:
            continue
        if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii", "*"):
            continue
        ranges.append(_Range(media_type.lower(), quality))
    return ranges


def _refusal(accept: str, offers: Iterable[Offer]) -> str:
    known = dict.fromkeys(offer.media_type for offer in offers)
    return f"Nothing that `Accept: {accept[:200]}` takes can be had here. Ask for one of: {', '.join(known)}."
