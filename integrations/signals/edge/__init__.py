"""The edge gateway: signal connections near the machines, with a buffer on disk and without Django."""
