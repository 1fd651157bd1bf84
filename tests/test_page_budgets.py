"""What every public page may cost: SQL statements, bytes, files. Growth is decided on here, and does not just happen.

The pages are those of the matrix of addresses that somebody without an account gets to see: a new one fails until it
has a budget. They show the small world of the tests; what a visit weighs with the demo's data, in a browser, is in
tests/browser/test_weight.py.
"""

import gzip
import re
from typing import NamedTuple

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.world import ROLES
from tests.test_access_matrix import GET, rows

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

#: Bytes of the first visit to any public page, with its style sheets, scripts and icons.
FIRST_VISIT_AT_MOST = 64 * 1024

# SQL statements when it is drawn anew; bytes of the page; requests, and bytes with all files that it names: as gzip
# makes them. A page may stay below; whoever lets one grow changes its row and says why.
BUDGETS = """
/                                                2    2100   7   42000
/{slug}/                                         4    9100   9   50500
/{slug}/register/                                6    5250   8   46000
/{slug}/find/                                    1    1900   7   42000
/{slug}/now/                                     3    1700   8   43500
/{slug}/now/live/                                4     100   1     100
/r/{token}/                                      2    4450   8   45000
/r/{token}/cancel/                               1    1750   7   42000
/r/{token}/correct/                              6    4000   8   45000
/r/{token}/people/                               3    3100   8   44000
/r/{token}/move/                                 2    1850   7   42000
/r/{token}/erase/                                1    2000   7   42000
/r/erased/                                       0    1450   7   41500
/i/{invitation_token}/                           1    1700   7   42000
/j/{join_token}/                                 1    2800   9   44000
/room/kept/                                      0    2450   9   49500
/room/{room_token}/                              5    3400  12   53700
/wall/{wall_token}/                              8    1400   5    9000
/wall/{wall_token}/live/                         8     700   1     700
/slides/{slide_token}/                           3    2700   7   42500
/j/{join_token}/floor/                          11    2100   9   43300
/j/{join_token}/floor/live/                      9     400   1     400
/screen/{screen_token}/                          5    1100   5    9000
/screen/{screen_token}/live/                     5     400   1     400
/s/{stop_seal}/                                  2    1650   7   41500
/desk/                                           0    3700  15   26200
/desk/pair/{pairing_token}/                      1    2000   7   42000
/accounts/login/                                 0    2350  10   45500
/accounts/login/code/                            0    1900   7   42000
/accounts/signup/                                0    2100   7   42000
/accounts/inactive/                              0    1400   7   41500
/accounts/password/reset/                        0    1850   7   42000
/accounts/password/reset/done/                   1    1500   7   41500
/accounts/password/reset/key/1-set-password/     0    1650   7   41500
/accounts/password/reset/key/done/               0    1400   7   41500
"""


class Cost(NamedTuple):
    """What a visit takes."""

    statements: int
    page: int
    requests: int
    visit: int


def budgets() -> dict[str, Cost]:
    """The table above."""
    return {address: Cost(*map(int, cells)) for address, *cells in map(str.split, BUDGETS.strip().splitlines())}


def files(page: str) -> set[str]:
    """The static files that a browser fetches with ``page``."""
    return set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))


def weight(name: str) -> int:
    """Bytes of a static file; it may load no others."""
    with open(finders.find(name), "rb") as file:
        content = file.read()
    others = re.findall(rb"""url\((?!["']?(?:data:|#))|@import""", content) if name.endswith(".css") else []
    assert others == [], name
    return len(gzip.compress(content, 9))


def cost(address: str) -> Cost | None:
    """What it costs somebody new to see the page at ``address``; None where there is no page."""
    # What processes keep for ever is not the page's.
    Client().get(address)
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(address)
    if not response.get("Content-Type", "").startswith("text/html"):
        return None
    page = response.content
    loaded = files(page.decode())
    size = len(gzip.compress(page, 6))
    return Cost(len(queries), size, 1 + len(loaded), size + sum(map(weight, loaded)))


@pytest.fixture
def costs(world) -> dict[str, Cost]:
    """Of each address that shows a page to everybody."""
    public = [
        row
        for row, statuses in rows(GET).items()
        if statuses[ROLES.index("anonymous")] == 200 and not row.startswith("/admin/")
    ]
    return {row: found for row in public if (found := cost(world.address(row)))}


def test_every_public_page_has_a_budget_and_keeps_it(costs):
    assert costs.keys() == budgets().keys()
    over = {
        f"{row}: {what} {spent}, {allowed} allowed"
        for row, budget in budgets().items()
        for what, spent, allowed in zip(Cost._fields, costs[row], budget, strict=True)
        if spent > allowed
    }
    assert over == set()


def test_a_first_visit_is_light():
    assert {row for row, budget in budgets().items() if budget.visit > FIRST_VISIT_AT_MOST} == set()
