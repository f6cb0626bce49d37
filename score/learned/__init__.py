"""Learned judges of pictures and video: the challenge's quality model with weights of the user's, and one of our own.

The only room of `score` where torch is; nothing here is imported before it is asked for."""
