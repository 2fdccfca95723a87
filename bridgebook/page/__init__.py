"""What a chapter shows: charts, maps, interactive controls, numbers in sentences."""
