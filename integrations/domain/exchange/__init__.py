"""Files between us and partners: places they lie in, rules of completeness, taking them in and answering."""
