"""``python -m tests.support.sftp_server ROOT``: a real SSH server with SFTP, to be killed.

Prints its port and its host key. One account: ``mes`` with the password ``s3cret``, at home in ROOT.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class SftpProcess:
    """``with SftpProcess(root) as server: server.port, server.host_key``."""

    def __init__(self, root):
        self.root = root

    def __enter__(self):
        command = [sys.executable, "-m", "tests.support.sftp_server", str(self.root)]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.port = int(self.process.stdout.readline())
        self.host_key = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *exception):
        self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def main():
    import asyncssh

    root = Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Account(asyncssh.SSHServer):
        def password_auth_supported(self):
            return True

        def validate_password(self, username, password):
            return (username, password) == ("mes", "s3cret")

    async def serve():
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Account,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(root)),
        )
        sys.stdout.write(f"{server.get_port()}\n{key.export_public_key().decode().strip()}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


if __name__ == "__main__":
    main()
