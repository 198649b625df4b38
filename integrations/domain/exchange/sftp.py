"""A partner's SFTP server as a place for files: host key pinned, whole files by renaming, never resumed."""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

import paramiko

from integrations.domain.exchange.places import LARGEST, Content, Entry, content_of, plain
from integrations.models import SftpServer
from mes.lib.errors import MesError
from mes.lib.sentences import gettext as _

SSH_PORT = 22
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 30.0
LARGEST_HASHED = 1024 * 1024 * 1024
CHUNK = 64 * 1024
KEY_KINDS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class SftpPlace:
    """A folder on the server, by its path there."""

    client: paramiko.SFTPClient
    folder: str

    def entries(self) -> list[Entry]:
        found = [
            Entry(one.filename, one.st_size or 0, one.st_mtime or 0)
            for one in self.client.listdir_attr(self.folder)
            if stat.S_ISREG(one.st_mode or 0) and _is_plain(one.filename)
        ]
        return sorted(found, key=lambda entry: entry.name)

    def read(self, name: str) -> Content:
        path = self._inside(name)
        status = self.client.lstat(path)
        if not stat.S_ISREG(status.st_mode or 0):
            raise OSError(errno.EINVAL, "not a regular file", name)
        with self.client.open(path, "rb") as file:
            if (status.st_size or 0) > LARGEST:
                return _only_hashed(file)
            file.prefetch(status.st_size)
            return content_of(file.read(LARGEST + 1))

    def write(self, path: str, content: bytes) -> None:
        target = PurePosixPath(self._inside(path))
        self._make_folder(target.parent)
        temporary = str(target.with_name(f".{target.name}.tmp"))
        with self.client.open(temporary, "wb") as file:
            file.set_pipelined(True)
            file.write(content)
        if self.client.lstat(temporary).st_size != len(content):
            raise OSError(errno.EIO, "the server keeps another size", str(target))
        self._rename(temporary, str(target))

    def move(self, path: str, target: str) -> None:
        source, goal = self._inside(path), self._inside(target)
        self.client.lstat(source)
        self._make_folder(PurePosixPath(goal).parent)
        self._rename(source, goal)

    def exists(self, path: str) -> bool:
        try:
            self.client.lstat(self._inside(path))
        except FileNotFoundError:
            return False
        return True

    def remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.client.remove(self._inside(path))

    def _inside(self, path: str) -> str:
        return str(PurePosixPath(self.folder, *(plain(part) for part in PurePosixPath(path).parts)))

    def _make_folder(self, folder: PurePosixPath) -> None:
        try:
            self.client.stat(str(folder))
        except FileNotFoundError:
            self._make_folder(folder.parent)
            with contextlib.suppress(FileExistsError):
                self.client.mkdir(str(folder))

    def _rename(self, source: str, target: str) -> None:
        """Over what may be there; servers without OpenSSH's extension can't do that in one step."""
        try:
            self.client.posix_rename(source, target)
        except FileNotFoundError:
            raise
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                self.client.remove(target)
            self.client.rename(source, target)


@contextlib.contextmanager
def session(server: SftpServer, folder: str) -> Iterator[SftpPlace]:
    """A connection to the server for one round. Raises OSError when it can't be reached or isn't who it
    should be, also in the middle; MesError when what we were told about it makes no sense."""
    secret = os.environ.get(server.secret_name, "")
    if not secret:
        raise MesError("secret_missing", _("The secret %s is not set.") % (server.secret_name or "?"))
    place = server.host if server.port == SSH_PORT else f"[{server.host}]:{server.port}"
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    pinned = host_key(server.host_key)
    client.get_host_keys().add(place, pinned.get_name(), pinned)
    private = private_key(secret)
    try:
        client.connect(
            server.host,
            server.port,
            username=server.username,
            password=None if private else secret,
            pkey=private,
            allow_agent=False,
            look_for_keys=False,
            timeout=CONNECT_SECONDS,
            banner_timeout=CONNECT_SECONDS,
            auth_timeout=CONNECT_SECONDS,
            channel_timeout=CONNECT_SECONDS,
        )
        files = client.open_sftp()
        channel = files.get_channel()
        if channel is not None:
            channel.settimeout(ANSWER_SECONDS)
        yield SftpPlace(files, folder or ".")
    except paramiko.BadHostKeyException as error:
        raise OSError(errno.EACCES, _("The server shows another host key than the pinned one.")) from error
    except (paramiko.SSHException, paramiko.SFTPError, EOFError) as error:
        raise OSError(errno.ECONNRESET, str(error) or type(error).__name__) from error
    finally:
        client.close()


def host_key(text: str) -> paramiko.PKey:
    """The key in a line as ``ssh-keyscan`` or a ``.pub`` file has it. Raises MesError."""
    words = text.split()
    for kind, encoded in pairwise(words):
        if kind.startswith(("ssh-", "ecdsa-")):
            with contextlib.suppress(Exception):
                return paramiko.PKey.from_type_string(kind, base64.b64decode(encoded, validate=True))
    raise MesError("bad_host_key", _("This is not a host key like “ssh-ed25519 AAAA…”."), field="host_key")


def private_key(secret: str) -> paramiko.PKey | None:
    """The private key that the secret is; None when it is a password. Raises MesError."""
    if "PRIVATE KEY-----" not in secret:
        return None
    for kind in KEY_KINDS:
        with contextlib.suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(secret.replace("\\n", "\n")))
    raise MesError("bad_private_key", _("The private key can't be read."))


def _is_plain(name: str) -> bool:
    try:
        return bool(plain(name))
    except OSError:
        return False


def _only_hashed(file: paramiko.SFTPFile) -> Content:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if size > LARGEST_HASHED:
            raise OSError(errno.EFBIG, "far too large")
    return Content(size, digest.hexdigest(), None)
