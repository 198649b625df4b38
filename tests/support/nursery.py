"""``python -m tests.support.nursery``: prints a port, then the pid of each web process that serves it."""

import os
import socket
import sys


def main():
    import uvicorn
    from django.db import connection

    from mes.asgi import application

    connection.close()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        listening.set_inheritable(True)
        say(listening.getsockname()[1])
        while True:
            pid = os.fork()
            if pid == 0:
                uvicorn.run(
                    application, fd=listening.fileno(), lifespan="off", log_level="critical", access_log=False
                )
                sys.exit(0)
            say(pid)
            os.waitpid(pid, 0)


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
