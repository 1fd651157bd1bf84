"""What the looks at a file of slides have in common: what was found, and that it is refused."""

from dataclasses import dataclass, field

_LONGEST = 100
# By how much the proportions of a page may differ from those of the screen.
_CLOSE = 0.03
_WIDE, _NARROW = 16 / 9, 4 / 3


class RefusedFile(Exception):
    """The file is not taken; ``why`` in one word, with what it is ``about``."""

    def __init__(self, why: str, about: str = "") -> None:
        super().__init__(why)
        self.why, self.about = why, about[:_LONGEST]


@dataclass
class Look:
    """What a file is, and what to look at before it is shown."""

    kind: str
    pages: int = 0
    #: A word, and what belongs to it.
    warnings: list[tuple[str, str]] = field(default_factory=list)

    def warn(self, what: str, about: str = "") -> None:
        """Note ``what`` once."""
        if (found := (what, about[:_LONGEST])) not in self.warnings:
            self.warnings.append(found)

    def warn_of_shape(self, width: float, height: float) -> None:
        """Note pages that do not fill a screen of 16:9."""
        if width <= 0 or height <= 0 or abs(width / height / _WIDE - 1) < _CLOSE:
            return
        self.warn("shape", "4:3" if abs(width / height / _NARROW - 1) < _CLOSE else f"{width / height:.2f}:1")


def leads_to_share(target: str) -> bool:
    """Whether ``target`` is a place in somebody's network: whoever opens the file shows it their password."""
    bare = target.strip().lower().removeprefix("file:").replace("\\", "/")
    # file:///C:/… is a place on the own disk, file:////server and //server are not.
    return bare.startswith("//") and (not bare.startswith("///") or bare.startswith("////"))
