"""The preview page: pairs moving side by side, what was drawn for them, the light on the face."""
