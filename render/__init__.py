"""A scene and its bodies -> linear light layers -> lit clip pairs."""
