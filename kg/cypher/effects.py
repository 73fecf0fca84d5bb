"""What a Cypher statement would do, told from its tokens alone, and the refusal of what may not be done.

Tokens rather than a tree, so that statements are judged too that only Neo4j can parse. Whatever reads like a keyword
counts as one, unless it stands where no clause can begin or go on: a query that begins a line with a variable `set` is
refused, and told to put it in backticks, rather than one that writes let through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.cypher.allowed import ALLOWED_FUNCTIONS, ALLOWED_PROCEDURES, CONSTRUCTS, SHOWN
from kg.cypher.tokens import Token, syntax_error, tokenise
from kg.errors import ForbiddenQueryError

__all__ = ["Effects", "Kind", "Mode", "effects_of", "explained", "names_of_the_system", "refuse", "removes"]

Kind = OneOf["read", "write", "schema", "administration", "show", "transaction"]
Mode = OneOf["run", "explain", "profile"]

_WRITING = frozenset(
    {"CREATE", "MERGE", "SET", "REMOVE", "DELETE", "DETACH", "NODETACH", "INSERT", "FOREACH"}
)  # fmt: skip
_REMOVING = frozenset({"DELETE", "REMOVE", "SET"})
_BEGINNINGS = frozenset({
    "MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL", "FINISH", "ORDER", "SKIP", "LIMIT", "OFFSET", "LET",
    "FILTER", "FOR", "WHEN", "SHOW", "LOAD", "USE", "USING",
})  # fmt: skip
_ADMINISTRATION = frozenset({
    "ALTER", "DEALLOCATE", "DENY", "DROP", "DRYRUN", "ENABLE", "GRANT", "REALLOCATE", "RENAME", "REVOKE", "START",
    "STOP", "TERMINATE",
})  # fmt: skip
_TRANSACTION = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})
_SCHEMA = frozenset({"INDEX", "CONSTRAINT"})
_INDEX_KINDS = frozenset({"RANGE", "FULLTEXT", "VECTOR", "LOOKUP", "POINT", "TEXT", "BTREE"})
_SERVER_THINGS = frozenset({
    "ALIAS", "COMPOSITE", "DATABASE", "IMMUTABLE", "PRIVILEGE", "REMOTE", "ROLE", "SERVER", "USER", "AUTH",
})  # fmt: skip
_SHOW_WORDS = _INDEX_KINDS | frozenset({
    "ALL", "BUILT", "IN", "USER", "DEFINED", "UNIQUE", "UNIQUENESS", "KEY", "NODE", "REL", "RELATIONSHIP", "PROPERTY",
    "EXIST", "EXISTENCE", "EXISTS", "TYPE",
})  # fmt: skip
_OPTIONS = frozenset({"planner", "runtime", "replan"})
"""The options of CYPHER that choose how, not what. `debug` is not among them: its answer tells of the inside."""
_NOT_CALLED = frozenset({
    *_WRITING, *_BEGINNINGS, "ALL", "AND", "ANY", "AS", "ASC", "ASCENDING", "BY", "CASE", "CONTAINS", "CYPHER", "DESC",
    "DESCENDING", "DIFFERENT", "DISTINCT", "EACH", "ELEMENTS", "ELSE", "ENDS", "EXISTS", "EXPLAIN", "FROM", "GROUP",
    "GROUPS", "IN", "IS", "NONE", "NOT", "ON", "OR", "PATH", "PATHS", "PROFILE", "REDUCE", "RELATIONSHIP",
    "RELATIONSHIPS", "REPEATABLE", "REQUIRE", "SHORTEST", "SINGLE", "STARTS", "THEN", "UNION", "WALK", "WHERE",
    "XOR", "YIELD",
})  # fmt: skip
"""Keywords that a bracket may follow. No plug-in can bring a function by such a name: theirs have a dot in them."""

_NO_CLAUSE_AFTER = frozenset({",", "(", "[", "=", "<>", "<=", ">=", "=~", "+", "/", "^", ".", ":"})
"""Marks after which an expression or a name has to come. Not `<`, `>` and `-`, of which arrows are made, nor `%`, which
is a label too, `n:%`; and `+` only where it cannot end a pattern, `((a)-->(b))+`."""
_NO_CLAUSE_BEFORE = frozenset({",", ")", "]", "}", "|", ";", ".", "=", "<>", "<", ">", "<=", ">=", ":", ""})
"""Marks, and the end, that follow no keyword which writes, calls or commands: each needs something after it."""

_BACKTICKS = "If it is meant as a name, put it in backticks."


@dataclass(frozen=True, slots=True)
class Effects:
    """What a statement would do. `kind` is the strongest of its parts; `words` are those that make it so.

    Attributes:
        procedures, functions: all that it calls, by their whole names as they are written.
        in_transactions: a part of it commits by itself.
        mode: whether it is run, or only planned; PROFILE runs.
    """

    kind: Kind = "read"
    procedures: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    loads_csv: bool = False
    in_transactions: bool = False
    mode: Mode = "run"
    words: tuple[str, ...] = ()
    uses_database: bool = False
    options: frozenset[str] = frozenset()
    statements: int = 1

    @property
    def is_writing(self) -> bool:
        """Tell whether it would change the graph."""
        return self.kind == "write"


def effects_of(text: str) -> Effects:
    """Return what a statement would do.

    Raises:
        QuerySyntaxError: it has no tokens, or begins with what no statement begins with.
    """
    tokens = tokenise(text)
    _refuse_hidden(text, tokens)
    start, mode, options = _prelude(tokens)
    _refuse_empty(text, tokens, start)
    uses_database = tokens[start].key == "USE"
    if uses_database:
        start = _after_use(tokens, start)
        _refuse_empty(text, tokens, start)
    kind, words = _kind(text, tokens, start)
    return Effects(
        kind,
        frozenset(_procedures(tokens)),
        frozenset(_functions(tokens)),
        any(t.key == "LOAD" and tokens[at + 1].key == "CSV" for at, t in enumerate(tokens)),
        any(_commits(tokens, at) for at in range(len(tokens))),
        mode,
        words,
        uses_database or any(t.key == "USE" and not _is_no_clause(tokens, at) for at, t in enumerate(tokens)),
        options,
        1 + sum(t.key == ";" and tokens[at + 1].kind != "end" for at, t in enumerate(tokens)),
    )


def explained(text: str) -> str:
    """Return the statement that has this one planned and not run."""
    tokens = tokenise(text)
    prelude = tokens[: _prelude(tokens)[0]]
    for token in prelude:
        if token.key == "PROFILE":
            return f"{text[: token.start]}EXPLAIN{text[token.end :]}"
    return text if any(token.key == "EXPLAIN" for token in prelude) else f"EXPLAIN {text}"


def removes(text: str) -> bool:
    """Tell whether a statement has a clause that can take something away."""
    return any(token.key in _REMOVING for token in tokenise(text))


def names_of_the_system(text: str) -> set[str]:
    """Return the labels, types and keys in a statement that begin with an underscore, as the system's own do."""
    tokens = tokenise(text)
    return {
        str(token.value)
        for at, token in enumerate(tokens)
        if str(token.value).startswith("_") and at and _is_label_or_key(tokens, at)
    }


def _is_label_or_key(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a name or a string stands where a label, a type or a key can, rather than a variable or a text."""
    token, before, after = tokens[at], tokens[at - 1], tokens[at + 1]
    if token.kind in ("word", "quoted"):
        return before.key in (":", ".", "|", "&", "!") or (after.key == ":" and before.key in ("{", ","))
    if token.kind != "string" or before.key != "[" or after.key != "]":
        return False
    of = tokens[at - 2]  # n['key'], and no list after a keyword
    is_name = of.kind in ("quoted", "parameter") or (of.kind == "word" and of.key not in _NOT_CALLED)
    return is_name or of.key in (")", "]", "}")


def refuse(effects: Effects, is_writing: bool = False) -> None:
    """Raise the error for the first thing that a statement may not do.

    Args:
        is_writing: whether it may change the graph.

    Raises:
        ForbiddenQueryError: says what is refused, and what would be right.
    """
    if effects.statements > 1:
        raise ForbiddenQueryError("Cypher", "statements", "more than one statement in a text", "Send them one by one.")
    said = " ".join(effects.words)
    if effects.kind == "administration":
        advice = "Only the graph can be queried here, not the server it is on."
        raise ForbiddenQueryError("Cypher", effects.kind, f"the command {said}", advice)
    if effects.kind == "schema":
        advice = "Indexes and constraints are made by the system."
        raise ForbiddenQueryError("Cypher", effects.kind, f"the schema command {said}", advice)
    if effects.kind == "transaction":
        raise ForbiddenQueryError("Cypher", effects.kind, f"the command {said}", "A statement is a transaction here.")
    if effects.uses_database:
        raise ForbiddenQueryError("Cypher", "database", "USE", "The database is the one of the home; leave USE out.")
    if unknown := sorted(effects.options - _OPTIONS):
        advice = f"Those that may be given: {', '.join(sorted(_OPTIONS))}."
        raise ForbiddenQueryError("Cypher", "option", f"the option {unknown[0]}", advice)
    if effects.loads_csv:
        advice = "A query reads no files and no addresses; `kg import` and `kg ingest` do."
        raise ForbiddenQueryError("Cypher", "file", "LOAD CSV", advice)
    if effects.in_transactions:
        advice = "A statement is one transaction here; leave IN TRANSACTIONS out."
        raise ForbiddenQueryError("Cypher", "transactions", "CALL … IN TRANSACTIONS", advice)
    _refuse_calls(effects)
    if effects.is_writing and not is_writing:
        advice = f"This is for reading; writing has to be asked for. {_BACKTICKS}"
        raise ForbiddenQueryError("Cypher", "write", f"{said}, which writes,", advice)


def _refuse_calls(effects: Effects) -> None:
    for name in sorted(effects.procedures - ALLOWED_PROCEDURES):
        same = [known for known in ALLOWED_PROCEDURES if known.lower() == name.lower()]
        advice = f"Did you mean {same[0]}?" if same else "Only procedures on a list may be called: those that read."
        raise ForbiddenQueryError("Cypher", "procedure", f"the procedure {name}", advice)
    for name in sorted(effects.functions):
        if name.lower() not in ALLOWED_FUNCTIONS | CONSTRUCTS:
            advice = "Only functions on a list may be called: those that Neo4j has built in."
            raise ForbiddenQueryError("Cypher", "function", f"the function {name}", advice)


def _refuse_hidden(text: str, tokens: Sequence[Token]) -> None:
    """Refuse escapes in comments: Neo4j reads them first, and one may end the comment."""
    at = 0
    for token in tokens:
        if (hidden := text.find("\\u", at, token.start)) >= 0:
            reason = "an escape \\uXXXX stands in this comment, which Neo4j reads before it looks for comments"
            raise syntax_error(text, hidden, reason)
        at = token.end


def _prelude(tokens: Sequence[Token]) -> tuple[int, Mode, frozenset[str]]:
    """Return where the statement begins, whether it is only planned, and the options before it."""
    at, mode, options = 0, "run", set()
    while tokens[at].key in ("CYPHER", "EXPLAIN", "PROFILE"):
        word, at = tokens[at].key, at + 1
        if word != "CYPHER":
            # Whatever Neo4j makes of both: PROFILE runs it.
            mode = "profile" if "PROFILE" in (word, mode.upper()) else "explain"
            continue
        if tokens[at].kind == "number":
            at += 1
        while tokens[at].kind in ("word", "quoted") and tokens[at + 1].key == "=":
            options.add(str(tokens[at].value).lower())
            at = min(at + 3, len(tokens) - 1)
            while tokens[at].key == "," or (tokens[at].key == "-" and tokens[at + 1].kind == "word"):
                at += 1
    return at, mode, frozenset(options)  # type: ignore[return-value]


def _after_use(tokens: Sequence[Token], start: int) -> int:
    """Return where the statement begins after USE, whose graph may be a name with dots or a function."""
    at, depth = start + 1, 0
    while tokens[at].kind != "end":
        if tokens[at].text in ("(", ")"):
            depth += 1 if tokens[at].text == "(" else -1
        elif not depth and at > start + 1 and tokens[at - 1].key != "." and tokens[at].key != ".":
            break
        at += 1
    return at


def _is_name(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a word stands where only a name can: after a dot, a colon, or before a colon."""
    return tokens[at + 1].key == ":" or (at > 0 and tokens[at - 1].key in (".", ":"))


def _is_no_clause(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether no clause can begin or go on at a word, by what stands before and after it: so it is a name."""
    after = tokens[at + 1]
    if after.kind == "end" or (after.kind == "mark" and after.key in _NO_CLAUSE_BEFORE):
        return True
    if at < 2:
        return False
    before, again = tokens[at - 1], tokens[at - 2]
    if before.kind == "mark" and before.key in _NO_CLAUSE_AFTER:
        return before.key != "+" or again.key != ")"
    if before.key == "BY":
        return again.key == "ORDER"
    # A variable may be called `as`; but not where an expression has just ended.
    is_ended = again.key in (")", "]", "}") or again.kind in ("string", "number", "parameter", "quoted")
    is_word = again.kind == "word" and (again.key not in _NOT_CALLED or tokens[at - 3].key == ".")
    return before.key == "AS" and at > 2 and (is_ended or is_word)


def _refuse_empty(text: str, tokens: Sequence[Token], start: int) -> None:
    first = tokens[start]
    if first.kind == "end" or first.key == ";":
        raise syntax_error(text, first.start, "the statement is empty")


def _kind(text: str, tokens: Sequence[Token], start: int) -> tuple[Kind, tuple[str, ...]]:
    first, second = tokens[start], tokens[start + 1]
    writing = tuple(
        dict.fromkeys(t.key for at, t in enumerate(tokens) if t.key in _WRITING and not _is_no_clause(tokens, at))
    )
    found = next((at for at, t in enumerate(tokens) if _begins_command(tokens, at, start)), None)
    if first.key == "CREATE" or first.key == "DROP":
        command = _schema_or_server(tokens, start)
        if command is not None:
            return command
    if found is not None:
        return "administration", tuple(t.text.upper() for t in tokens[found : found + 2] if t.kind == "word")
    if first.key in _TRANSACTION:
        return "transaction", (first.key,)
    if first.key == "SHOW":
        return "show", (first.key, second.text.upper())
    if writing:
        return "write", writing
    if first.key not in _BEGINNINGS and first.text != "{" and first.text != "(":
        known = "MATCH, OPTIONAL MATCH, UNWIND, WITH, CALL or RETURN"
        raise syntax_error(text, first.start, f"a statement begins with {known}, not with {first.text!r}")
    return "read", ()


def _begins_command(tokens: Sequence[Token], at: int, start: int) -> bool:
    """Tell whether a command of the server begins here; those of the transactions' list can come after another."""
    key = tokens[at].key
    if at == start and key in _ADMINISTRATION:
        return True
    if key == "TERMINATE":
        return not _is_no_clause(tokens, at) and tokens[at + 1].kind == "word"
    if key != "SHOW" or (at > start and _is_no_clause(tokens, at)):
        return False
    if tokens[at + 1].key == "USER" and tokens[at + 2].key != "DEFINED":
        return True  # whoever follows, also one who is called `index`
    for token in tokens[at + 1 :]:
        if token.key in SHOWN:
            return False
        if token.key not in _SHOW_WORDS:
            return token.kind == "word" or at == start
    return True


def _schema_or_server(tokens: Sequence[Token], start: int) -> tuple[Kind, tuple[str, ...]] | None:
    """Return what CREATE or DROP is when it is no clause: a bracket, a name or a path's `=` would follow that."""
    words = []
    for token in tokens[start : start + 6]:
        if token.kind != "word":
            break
        words.append(token.key)
    said = tuple(words[:3])
    if _SCHEMA & set(words[1:]) or (len(words) > 1 and words[1] in _INDEX_KINDS and words[0] == "CREATE"):
        return "schema", said
    if _SERVER_THINGS & set(words[1:]) or words[0] == "DROP":
        return "administration", said
    return None


def _commits(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether this is the end of `} IN TRANSACTIONS` or of `} IN n CONCURRENT TRANSACTIONS`."""
    if tokens[at].key not in ("TRANSACTIONS", "TRANSACTION") or at < 2 or _is_name(tokens, at):
        return False
    return tokens[at - 1].key == "CONCURRENT" or (tokens[at - 1].key == "IN" and tokens[at - 2].text == "}")


def _called_name(tokens: Sequence[Token], at: int) -> str:
    """Return the name with all its dots that ends at a token, empty if none does."""
    parts: list[str] = []
    while at >= 0 and tokens[at].kind in ("word", "quoted"):
        parts.append(str(tokens[at].value))
        if at < 2 or tokens[at - 1].key != ".":
            break
        at -= 2
    return ".".join(reversed(parts))


def _functions(tokens: Sequence[Token]) -> set[str]:
    found = set()
    for at, token in enumerate(tokens):
        if token.text != "(" or at == 0:
            continue
        before = tokens[at - 1]
        if before.kind not in ("word", "quoted"):
            continue
        name = _called_name(tokens, at - 1)
        if before.kind == "word" and before.key in _NOT_CALLED and "." not in name:
            continue
        if not _is_target(tokens, at - 1) and not _is_hint(tokens, at - 1):
            found.add(name)
    return found


def _is_target(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether the name that ends here is what CALL calls."""
    while at >= 2 and tokens[at - 1].key == "." and tokens[at - 2].kind in ("word", "quoted"):
        at -= 2
    return at >= 1 and tokens[at - 1].key == "CALL" and not _is_no_clause(tokens, at - 1)


def _is_hint(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether this is the label of `USING INDEX n:Label(property)`."""
    return at >= 4 and tokens[at - 1].key == ":" and tokens[at - 3].key in ("INDEX", "SEEK")


def _procedures(tokens: Sequence[Token]) -> set[str]:
    found = set()
    for at, token in enumerate(tokens):
        if token.key != "CALL" or _is_no_clause(tokens, at) or tokens[at + 1].kind not in ("word", "quoted"):
            continue
        end = at + 1
        while tokens[end + 1].key == "." and tokens[end + 2].kind in ("word", "quoted"):
            end += 2
        found.add(_called_name(tokens, end))
    return found
