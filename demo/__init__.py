"""The demo: the conference of 19/7/2021 as it was, and its next edition, open for registration.

It stands in the highest room, because it uses the services of every other.
"""
