"""Opening files that people have uploaded, in a process of its own with limits (ADR 34).

``process`` starts that process. ``__main__``, ``tables`` and what they import run inside it: no models, no settings, no
database.
"""
