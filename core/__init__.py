"""The ground that everything stands on: errors, strict YAML, ranges, random streams, colour, files."""
