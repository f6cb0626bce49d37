"""How near one video is to another: measures with a reference."""
