"""What the three programs have in common: health port, logs, settings that are read again, signals."""
