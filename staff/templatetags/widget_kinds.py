"""What a template must know of a field to draw it."""

from django import forms, template
from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.text import capfirst

register = template.Library()


@register.filter
def is_box(field: BoundField) -> bool:
    """Whether ``field`` is one box to tick, whose label stands behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def named(field: BoundField) -> SafeString:
    """``field`` with its label as its name, for tables whose heads carry the labels."""
    return field.as_widget(attrs={"aria-label": str(capfirst(field.label))})
