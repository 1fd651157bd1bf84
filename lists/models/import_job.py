"""A list that somebody has uploaded: read, confirmed, applied."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conference.models import Conference


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    """Questions asked of imports."""

    def run_by(self, user: User) -> "ImportJobQuerySet":
        """Those of the conferences that ``user`` runs as organiser."""
        if user.is_superuser:
            return self
        return self.filter(conference__in=Conference.objects.run_by(user).values("pk"))

    def without_rows(self) -> "ImportJobQuerySet":
        """The same without what may be megabytes: the file and what stands in it."""
        return self.defer("content", "rows", "plan")


class ImportJob(models.Model):
    """One uploaded list. Its rows are personal data.

    They are gone when it is applied, dismissed, or a day old, and when somebody whom it names is erased; those that
    were refused stay for a day after it was applied. The file is gone as soon as it has been read.
    """

    class Kind(models.TextChoices):
        PEOPLE = "people", _("registrations")
        POINTS = "points", _("bridge points")
        MEETING = "meeting", _("who was in the meeting")

    class State(models.TextChoices):
        READING = "reading", _("is being read")
        REFUSED = "refused", _("could not be read")
        CHECKED = "checked", _("waits for confirmation")
        RUNNING = "running", _("is being applied")
        DONE = "done", _("applied")
        FAILED = "failed", _("failed, nothing was changed")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="imports"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.CHECKED)
    file_name = models.CharField(_("file"), max_length=200)
    # As it was uploaded; None once it has been read.
    content = models.BinaryField(null=True)
    # [line, {field: text}] each, as they stand in the file, or as somebody has mended them. Fields that begin with "?"
    # are columns whose heading is none of ours.
    rows = models.JSONField(default=list)
    # What would become of each row, as people/plan.py says it.
    plan = models.JSONField(default=list)
    # default_point, notify, language; found and ignored: what the headings are; unknown: {column: heading}, and meant:
    # {column: the field that somebody has said it is}; places: {text: the point that it means}; version: rises with
    # each plan, so that nobody applies another one than they have seen. Of a meeting: source, the system that made the
    # file; default_point, the point whose meeting it was; zone, "utc" where its times are.
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    error = models.CharField(_("error"), max_length=500, blank=True)
    # Tells one attempt from another: only the latest may be stored.
    run = models.CharField(max_length=32, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("uploaded at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-id"]
        constraints = [
            # Two that run at once would not see each other's people.
            models.UniqueConstraint(fields=["conference"], condition=Q(state="running"), name="import_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.file_name
