"""How the workspace asks for a day and a time."""

from typing import Any

from django import forms
from django.forms.renderers import get_default_renderer
from django.template import loader
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DayInput(forms.DateInput):
    """A day, chosen in the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    """A time of day by the 24-hour clock; a browser's own field would say AM and PM to some."""

    def __init__(self, attrs: Any = None) -> None:
        usual = {"inputmode": "numeric", "placeholder": "08:30", "size": "6", "autocomplete": "off"}
        super().__init__(attrs={**usual, **(attrs or {})}, format="%H:%M")


class DayAndClock(forms.SplitDateTimeWidget):
    """Both, side by side; for ``MomentField``."""

    template_name = "staff/workspace/day_and_clock.html"
    supports_microseconds = False

    def __init__(self, attrs: Any = None) -> None:
        forms.MultiWidget.__init__(self, [DayInput(attrs), ClockInput(attrs)], attrs)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for part, label in zip(
            context["widget"]["subwidgets"], (_("Day"), pgettext_lazy("of day", "Time")), strict=True
        ):
            part["label"] = label
        return context

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        # The forms' own renderer does not look into the site's folder of templates, nor the site into the forms'.
        parts = renderer or get_default_renderer()
        widget = self.get_context(name, value, attrs)["widget"]
        for part in widget["subwidgets"]:
            part["drawn"] = mark_safe(parts.render(part["template_name"], {"widget": part}))
        return mark_safe(loader.get_template(self.template_name).render({"widget": widget}))
