"""What was typed on the page of a room, in a browser without JavaScript, and is not taken as it stands.

The page is drawn again with it: a number that is asked about, a question that was refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from control.doubts import Doubt


@dataclass(frozen=True)
class AskTyped:
    """A question for somebody in the room, as it was typed, and why it is not taken."""

    name: str
    unit: str
    text: str
    error: str

    @property
    def is_name_missing(self) -> bool:
        """Whether nobody was named who asks; otherwise the question is in question."""
        return not self.name.strip()


@dataclass(frozen=True)
class Typed:
    """A head count, numbers of hands by what their report begins with, a question; those that were typed."""

    people: Doubt | None = None
    hands: Mapping[str, Doubt] = field(default_factory=dict)
    ask: AskTyped | None = None
