"""Links that a stranger sent: only schemes that cannot run code in a reader's browser."""

from urllib.parse import urlsplit

SCHEMES = frozenset({"", "http", "https", "ftp", "file"})


def is_link(url: str) -> bool:
    """A path or an address of a harmless scheme; not empty."""
    try:
        return bool(url) and urlsplit(url).scheme.lower() in SCHEMES
    except ValueError:
        return False
