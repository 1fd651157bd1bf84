"""What goes wrong at a mail service behind Anymail, in our words."""

from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailRecipientsRefused
from django.utils.translation import gettext

from outbox.channels.base import DeliveryError, Refused, Stopped, Unavailable, Unreachable


def fault(error: Exception) -> DeliveryError:
    """What a fault of a mail service behind Anymail means."""
    if isinstance(error, AnymailRecipientsRefused):
        return Refused(gettext("The mail service does not send to this address."), bad_address=True)
    if isinstance(error, AnymailConfigurationError):
        return Stopped(
            gettext("The mail service is not set up. (%(fault)s)") % {"fault": " ".join(str(error).split())[:200]}
        )
    if not isinstance(error, AnymailAPIError):
        return Refused(gettext("The mail service cannot send this mail. (%(fault)s)") % {"fault": type(error).__name__})
    status, names = error.status_code, {"status": f"HTTP {error.status_code}"}
    if status is None:
        return Unreachable(
            gettext("The mail service cannot be reached. (%(status)s)")
            % {"status": type(error.__cause__ or error).__name__}
        )
    if status == 429:
        return Unreachable(gettext("The mail service asks us to wait. (%(status)s)") % names)
    if status >= 500:
        return Unavailable(gettext("The mail service is out of order. (%(status)s)") % names)
    if status in (401, 402, 403, 404):
        return Stopped(gettext("The mail service does not accept our key, domain or account. (%(status)s)") % names)
    return Refused(gettext("The mail service refused this mail. (%(status)s)") % names)
