"""Key figures: ``formulas`` (one pure function each), ``definitions`` (how vendors read the same time),
``elements`` (what each stretch of time counts as), ``collect`` (the same from the database)."""
