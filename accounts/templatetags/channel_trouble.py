"""Whether mails and SMS leave the site at the moment."""

from django import template

from outbox import channel_state

register = template.Library()


@register.simple_tag
def is_in_trouble(channel: str) -> bool:
    """Whether nothing leaves by ``channel`` ("email", "sms") until somebody has mended something. One query."""
    return not channel_state.is_well(channel)
