"""How late a run of show is, in words."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext

from control.show import Standing, State, whole_minutes


def how_late(standing: Standing) -> str:
    """How late ``standing`` is now, and when it ends, in the reader's language; "" without anything to come or ended.

    What is late now may end as planned: a part that waits for its hour takes up the delay.
    """
    if standing.ends_at is None or standing.planned_end is None:
        return ""
    end_is_late_by = whole_minutes(standing.end_is_late_by)
    hours = {"end": _hour(standing.ends_at), "plan": _hour(standing.planned_end)}
    if standing.state is State.OVER:
        return _ended(end_is_late_by) % {**hours, "late": _late(end_is_late_by)}
    now = gettext("Now %(late)s.") % {"late": _late(standing.late_minutes)}
    return f"{now} {_will_end(end_is_late_by, standing.late_minutes) % hours}"


def _ended(late: int) -> str:
    if late:
        return gettext("Ended at %(end)s, by the plan %(plan)s: %(late)s.")
    return gettext("Ended at %(plan)s, as planned.")


def _will_end(late: int, late_now: int) -> str:
    if late:
        return gettext("To be expected to end at %(end)s, by the plan %(plan)s.")
    if late_now:
        return gettext("All the same it ends as planned, at %(plan)s.")
    return gettext("It ends at %(plan)s, as planned.")


def _late(minutes: int) -> str:
    """``minutes`` late; negative: early."""
    if minutes > 0:
        return ngettext("%(late)d minute late", "%(late)d minutes late", minutes) % {"late": minutes}
    if minutes < 0:
        return ngettext("%(early)d minute early", "%(early)d minutes early", -minutes) % {"early": -minutes}
    return gettext("on time")


def _hour(moment: datetime) -> str:
    return date_format(localtime(moment), "TIME_FORMAT")
