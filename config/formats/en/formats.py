"""How registers write moments in English: day before month, 24 hours, the zone written out."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = r"j M Y, H:i \U\T\CO"
