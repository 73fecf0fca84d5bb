"""What goes wrong with embeddings. Each is one of the errors of `kg.errors`, which say the exit code.

```
InputError
├─ TriplesError         triples that cannot be read, or that nothing can be learnt from
├─ NotTrainedError      a name that was not among the training triples
└─ ModelMismatchError   a stored model or checkpoint that does not fit what it is used with
ConfigError
├─ TrainingError        settings that cannot be trained with
└─ DivergedError        a run that got worse instead of better
StoreCorruptError
└─ ModelCorruptError    the files of a model cannot be read
```
"""

from __future__ import annotations

from kg.errors import ConfigError, InputError, StoreCorruptError

__all__ = [
    "DivergedError",
    "ModelCorruptError",
    "ModelMismatchError",
    "NotTrainedError",
    "TrainingError",
    "TriplesError",
]


class TriplesError(InputError):
    """Triples cannot be read, or nothing can be learnt from them."""

    def __init__(self, source: str, reason: str, line: int | None = None) -> None:
        self.source, self.reason, self.line = source, reason, line
        super().__init__(f"{source}{'' if line is None else f':{line}'}: {reason}")


class NotTrainedError(InputError):
    """An entity or a relation was not among the training triples."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"The {kind} {name!r} was not among the training triples. Train the model anew to have it.")


class ModelMismatchError(InputError):
    """A stored model does not fit what it is used with; it was not used."""

    def __init__(self, source: str, what: str, expected: str, found: str) -> None:
        self.source, self.what, self.expected, self.found = source, what, expected, found
        super().__init__(f"{source}: its {what} is {found}, but {expected} is needed. Train the model anew.")


class TrainingError(ConfigError):
    """Settings cannot be trained with."""

    def __init__(self, setting: str, value: object, right: str) -> None:
        self.setting, self.value, self.right = setting, str(value), right
        super().__init__(f"Training with {setting} {value!r} is not possible: {right}.")


class DivergedError(ConfigError):
    """A training run got worse instead of better; its model was thrown away."""

    def __init__(self, model: str, epoch: int, loss: float, limit: float, advice: str) -> None:
        self.model, self.epoch, self.loss, self.limit, self.advice = model, epoch, loss, limit, advice
        super().__init__(
            f"The training of {model!r} diverged in epoch {epoch}: the loss is {loss:.4g}, and that of a model that"
            f" knows nothing {limit:.4g}. {advice}"
        )


class ModelCorruptError(StoreCorruptError):
    """The files of a model cannot be read."""

    def __init__(self, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(f"{source}: {reason}")
