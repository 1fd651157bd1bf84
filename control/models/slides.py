"""The slides of those who speak: whom they are asked of, by which link they come, and what has come."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from conference.models import Conference
from control.models.run_of_show import Cue
from registrations.tokens import LinkHolder, LinkHolderQuerySet, address


class SlideCall(models.Model):
    """Until when the speakers of a conference are asked for their slides."""

    conference = models.OneToOneField(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, primary_key=True, related_name="slide_call"
    )
    due_at = models.DateTimeField(
        _("to be handed in by"),
        null=True,
        blank=True,
        help_text=_("What comes later is taken until the conference ends, and marked as late."),
    )

    class Meta:
        verbose_name = _("time limit for slides")
        verbose_name_plural = _("time limits for slides")

    def __str__(self) -> str:
        return date_format(localtime(self.due_at), "H:i, j/n/Y") if self.due_at else "–"


class SlideLink(LinkHolder):
    """Whom the slides of a cue are asked of, and the secret link by which they hand them in.

    A withdrawn link lets nobody in; asking again makes another.
    """

    LINK_PURPOSE = "slides"

    cue = models.OneToOneField(Cue, on_delete=models.CASCADE, related_name="slide_link")
    email = models.EmailField(_("e-mail of the speaker"), blank=True)
    phone = PhoneNumberField(_("phone of the speaker"), blank=True)
    #: None: nothing has been sent yet.
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    #: Why the last file was refused, as ``control/slides/words.py`` reads it; None: it was taken, or none was sent.
    refused = models.JSONField(null=True, blank=True, editable=False)
    refused_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = LinkHolderQuerySet["SlideLink"].as_manager()

    class Meta:
        verbose_name = _("link for slides")
        verbose_name_plural = _("links for slides")
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="slide_link")]

    @property
    def url(self) -> str:
        """The address of the page, as it is sent."""
        return f"{settings.SITE_URL}{address('control:slides', self.token)}"


class SlideFile(models.Model):
    """A file of slides that was taken. The newest that is not withdrawn counts; a few before it are kept."""

    class Kind(models.TextChoices):
        PPTX = "pptx", "PowerPoint (.pptx)"
        PDF = "pdf", "PDF"
        ODP = "odp", "OpenDocument (.odp)"

    cue = models.ForeignKey(Cue, on_delete=models.CASCADE, related_name="slide_files")
    #: What the file is called in ``SLIDES_DIR``.
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("file name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    sha256 = models.CharField(max_length=64, editable=False)
    pages = models.PositiveIntegerField(_("pages"))
    #: What to look at before it is shown, as ``control/slides/words.py`` reads it.
    warnings = models.JSONField(default=list, editable=False)
    uploaded_at = models.DateTimeField(_("handed in at"))
    #: The staff user who uploaded it for the speaker; None: it came by the link.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("file of slides")
        verbose_name_plural = _("files of slides")
        ordering = ["-uploaded_at", "-id"]
        indexes = [models.Index(fields=["cue", "-uploaded_at", "-id"], name="slide_file_latest")]

    def __str__(self) -> str:
        return self.name
