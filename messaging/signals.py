"""What this room asks rooms above it, which it does not know."""

from django.dispatch import Signal

#: Asks for a question from the floor that was answered in writing: sent with ``number``. A receiver answers with an
#: ``AnswerFound`` (messaging/answers.py), or None if there is none any more.
answer_asked = Signal()
