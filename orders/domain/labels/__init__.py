"""Labels and travellers: what stands on them, how a template is read, and how it is drawn."""
