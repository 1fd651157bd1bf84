"""Who was in a meeting, as Zoom, Teams, Meet and VNPT list it: read, matched with the people of a conference."""
