"""``interfaces coatings``: from words to a ranking of coatings, its tables and its gates file."""
