"""One degradation stage a file: what a config may say of it, what is drawn for a clip, how it is applied."""
