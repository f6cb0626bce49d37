"""The contract between the stages: randomness, colour, configuration, video, samples, shards."""
