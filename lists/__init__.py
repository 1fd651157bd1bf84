"""Files in and out: lists of people and points in Excel and CSV, papers in Word."""
