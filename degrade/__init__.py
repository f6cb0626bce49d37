"""What optics, a sensor, a webcam's processor and a call's codec do to the source."""
