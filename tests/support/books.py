"""The end of every test that books something: the figures agree with their records."""

from integrations.management.commands.books import as_table, audit_books


def assert_books_are_clean():
    checks = audit_books()
    assert not any(check.differences for check in checks), "\n" + as_table(checks)
