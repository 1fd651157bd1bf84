"""What is taken out of questions and polls when personal data are erased."""

from conference.models import Conference
from control.models import FloorQuestion, Support, Vote
from registrations.signals import ErasedPeople

#: What was said in the hall belongs to the record of the conference: its words stay, without who asked.
_SAID = (FloorQuestion.State.CALLED, FloorQuestion.State.ANSWERED)


def erase_people(*, conference: Conference, people: ErasedPeople, everybody: bool, **kwargs: object) -> None:
    """Take ``people`` out of questions, supports and votes, or everybody.

    What they chose in a poll stays counted. What they asked is deleted, unless it was called, or others asked it too.
    """
    questions = FloorQuestion.objects.filter(conference=conference)
    supports = Support.objects.filter(question__conference=conference)
    votes = Vote.objects.filter(poll__conference=conference).exclude(delegate=None)
    if not everybody:
        questions = FloorQuestion.objects.filter(pk__in=_asked_by(conference, people))
        supports = supports.filter(delegate__in=people.delegates)
        votes = votes.filter(delegate__in=people.delegates)
    votes.update(delegate=None)
    supports.delete()
    theirs = set(questions.values_list("pk", flat=True))
    asked_too = FloorQuestion.objects.filter(merged_into__in=theirs).exclude(pk__in=theirs)
    stays = {leading for leading in asked_too.values_list("merged_into", flat=True) if leading is not None}
    stays |= {*questions.filter(state__in=_SAID, merged_into=None).values_list("pk", flat=True)}
    FloorQuestion.objects.filter(pk__in=stays).update(delegate=None, name="", unit="")
    FloorQuestion.objects.filter(pk__in=theirs - stays).delete()


def _asked_by(conference: Conference, people: ErasedPeople) -> list[int]:
    """The numbers of the questions that ``people`` asked, or that a room asked for somebody of their names."""
    asked = FloorQuestion.objects.filter(conference=conference)
    by_link = asked.filter(delegate__in=people.delegates).values_list("pk", flat=True)
    names = {name.casefold() for name in people.names}
    typed = asked.filter(delegate=None).exclude(name="").values_list("pk", "name")
    return [*by_link, *(pk for pk, name in typed if name.casefold() in names)]
