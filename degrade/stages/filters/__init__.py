"""What stages compute with: kernels and how they are applied, noise tables, linear light, motion between frames."""
