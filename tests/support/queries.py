"""Counting what is asked of the database."""


def statements(context):
    """What a CaptureQueriesContext caught, without the frame of transactions."""
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in context if not query["sql"].startswith(frame)]
