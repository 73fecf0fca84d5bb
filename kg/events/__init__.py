"""What users did with notes, kept as statements of each user's own graph, `…/graph/user/NAME`.

An interaction is a resource with its user, note, action, rating and time; beside it stands the plain triple, so that
`FILTER NOT EXISTS { ?user kg:viewed ?note }` finds what was not read. Whoever rates a note has viewed it. Ingest never
touches these graphs. A note that was moved has another IRI: its events are found again by its title, if only one note
has it. Beside it stands what users say of hits and answers, `Feedback`: that a note was useful for a question, or
wrong.
"""

from kg.events.feedback import VERDICTS, Feedback, Verdict, feedback_documents, read_feedback, record_feedback
from kg.events.finding import find_item
from kg.events.model import ACTIONS, BEST, WORST, Action, Event, event_iri, event_time
from kg.events.reading import event_documents, read_events, read_users
from kg.events.recording import forget_events, forget_user, record_events

__all__ = [
    "ACTIONS",
    "BEST",
    "VERDICTS",
    "WORST",
    "Action",
    "Event",
    "Feedback",
    "Verdict",
    "event_documents",
    "event_iri",
    "event_time",
    "feedback_documents",
    "find_item",
    "forget_events",
    "forget_user",
    "read_events",
    "read_feedback",
    "read_users",
    "record_events",
    "record_feedback",
]
