"""What really takes how long: measurements, the distributions estimated from them, where they are kept."""
