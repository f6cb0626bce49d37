"""Who, where and how they move: pure data drawn from a seed."""
