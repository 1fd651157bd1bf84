"""The pages of the people who run a conference: the administration."""
