"""The site's settings, but it goes by the machine's clock and not by the database's: to try a certain moment."""

from conference.settings import *  # noqa: F403

DATABASE_CLOCK = False
