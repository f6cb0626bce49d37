"""Looking at a config: figures measured on test charts, and a grid of what it does to a picture."""
