"""Other people's video comes in: where person and face are, and what is known of each clip."""
