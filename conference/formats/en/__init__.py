"""How dates are written and read in English, on a Vietnamese site."""
