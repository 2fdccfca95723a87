"""Teaching material: question banks, for pages and for learning platforms."""
