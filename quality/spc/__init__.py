"""Statistical process control on plain numbers: charts, rules for unusual patterns, capability."""
