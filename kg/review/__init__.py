"""The review queue: what waits for somebody's decision, what matters most first.

Five kinds of things wait: evidence of little confidence (`confidence`), what the gate refused (`quarantine`), two
entities that may be one (`resolution`), predicted triples (`prediction`), and decisions of two logs that contradict
each other (`conflict`). Everything is read from the graph and the log; what is decided already is left out.

**The order.** An item's impact is what deciding it would change, in statements, times how open it is:

    impact = doubt × (own + alike / place)

- `doubt` is 4·p·(1 − p), the variance of a yes or no of probability p as a part of the greatest there is: 1 at
  p = 0.5, 0 where the answer is known. p is the confidence; half of it where the ontology refuses the statement; the
  score of a pair or a prediction. A conflict has the doubt 1.
- `own` is 1: the statement that comes or goes, the two entities that become one.
- `alike` is how many further statements the same answer would change: what the same pattern found, by an equal
  predicate, extractor and cue (of mentions and types: and object), whether admitted or refused; the other refusals
  with the same reason, where a class or the ontology decides; of a pair, the statements that one of both is in, which
  are renamed, counted for the one that has fewer; the statements of the entity that a conflict is about.
- `place` is which of the waiting items of that pattern it is, the most open one being the first: the first answer says
  most about the others, so that a pattern with a hundred sentences does not fill the head of the queue.

Equal impacts are in the order of `KINDS`, then of their ids, so that equal graphs give equal queues.
"""

from kg.review.fitting import read_unapplied
from kg.review.item import KINDS, Item, ItemKind, Queue, Sentence
from kg.review.listing import read_queue

__all__ = ["KINDS", "Item", "ItemKind", "Queue", "Sentence", "read_queue", "read_unapplied"]
