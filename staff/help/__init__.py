"""The organiser's guide inside the administration, in each language of the site."""
