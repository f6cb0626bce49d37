"""The front desk: command line, whole-run config, doctor, preview page."""
