"""Several clients at once, each with its own connection to the database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def at_once(clients, work):
    """The results of ``work(number)`` for each client, in threads that start at the same moment."""
    barrier = Barrier(clients)

    def run(number):
        barrier.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return [future.result() for future in [pool.submit(run, number) for number in range(clients)]]


def deadlocks():
    """How many deadlocks PostgreSQL has seen in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
