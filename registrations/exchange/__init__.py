"""Lists in and out: people and bridge points from Excel, lists and papers for Excel and Word."""
