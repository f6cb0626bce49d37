"""Rooms: the environments that light a clip and stand behind its person."""
