"""What a chapter shows: charts, maps, controls that readers move, numbers in sentences."""
