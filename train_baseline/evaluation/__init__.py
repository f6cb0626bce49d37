"""What a trained run is worth, beside other methods."""
