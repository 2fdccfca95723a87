"""What a class works with: question banks, for pages and for learning platforms."""
