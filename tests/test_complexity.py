"""No function of the site has more branches than one can keep in mind."""

from pathlib import Path

from radon.complexity import cc_visit
from radon.visitors import Class

from common.catalogue import ROOMS, ROOT

#: radon counts 1 for the function and 1 more for each branch, loop, handler and condition inside an expression.
COMPLEXITY_AT_MOST = 15
COMPLEXITY_THAT_IS_RARE = 10
SHARE_OF_RARE = 0.024


def complexities_in(path: Path) -> dict[str, int]:
    """The complexity of each function and method of a file."""
    blocks = [block for block in cc_visit(path.read_text(encoding="utf-8")) if not isinstance(block, Class)]
    return {f"{path.relative_to(ROOT)}:{block.lineno} {block.name}": block.complexity for block in blocks}


def test_no_function_has_too_many_branches():
    complexities: dict[str, int] = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            complexities |= complexities_in(path)

    assert len(complexities) > 1000, "the sources are not where they are looked for"
    assert {name: value for name, value in complexities.items() if value > COMPLEXITY_AT_MOST} == {}
    rare = {name: value for name, value in complexities.items() if value > COMPLEXITY_THAT_IS_RARE}
    assert len(rare) <= SHARE_OF_RARE * len(complexities), rare
