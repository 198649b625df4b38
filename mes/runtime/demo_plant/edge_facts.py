"""What the demo's bar saw and its connection agree on."""

TOPIC = "ruhr/machining/SAW-1"
CYCLE_SECONDS = 18
EDGE_KEY = "demo-edge-key"
