"""Where tokens are kept: in memory, or in files that several processes share. Must not know how tokens are obtained."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from pathlib import Path
from typing import Protocol

from ._core import forks
from .errors import StoreError

try:
    import fcntl
except ImportError:  # Windows has none: a FileStore there serves one process.
    fcntl = None  # type: ignore[assignment]

_NO_LINKS: int = getattr(os, "O_NOFOLLOW", 0)


class Held(Protocol):
    """A lock that is held."""

    def release(self) -> None:
        """Gives it back."""
        ...


class TokenStore(Protocol):
    """Keeps one text under each name. The texts are secrets. May block; raises StoreError, and whatever else it raises counts
    as one. A manager saves and deletes under the lock of the name.
    """

    def load(self, name: str) -> str | None:
        """What was saved last, by whichever process."""
        ...

    def save(self, name: str, text: str) -> None:
        """Keeps it, durably where the store is durable, before it returns."""
        ...

    def delete(self, name: str) -> None:
        """Forgets it."""
        ...

    def try_lock(self, name: str) -> Held | None:
        """The lock of this name, or nothing while somebody else has it. A dead process has none."""
        ...


class MemoryStore:
    """For one process."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self.begin_anew()
        forks.watch(self)

    def begin_anew(self) -> None:
        """In a child process: whoever held a lock is not there."""
        self._locks: dict[str, threading.Lock] = {}

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._texts)} kept)"

    def load(self, name: str) -> str | None:
        """What was saved last."""
        return self._texts.get(name)

    def save(self, name: str, text: str) -> None:
        """Keeps it as long as the process lives."""
        self._texts[name] = text

    def delete(self, name: str) -> None:
        """Forgets it."""
        self._texts.pop(name, None)

    def try_lock(self, name: str) -> Held | None:
        """A lock among threads."""
        lock = self._locks.setdefault(name, threading.Lock())
        return _MemoryLock(lock) if lock.acquire(blocking=False) else None


class _MemoryLock:
    def __init__(self, lock: threading.Lock) -> None:
        self._lock: threading.Lock | None = lock

    def release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def __del__(self) -> None:
        self.release()


class FileStore:
    """A directory that only this user can read: one file for each name, replaced as a whole, and a lock beside it.

    Windows has no such locks: a directory there is for one process, with one manager for each login.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory = Path(directory)
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError("the directory for tokens cannot be made") from error

    def __repr__(self) -> str:
        return f"FileStore({str(self._directory)!r})"

    def load(self, name: str) -> str | None:
        """What any process saved last."""
        try:
            return self._path(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            # Whoever reads it finds that these are no tokens. Not chained: the error holds the whole text.
            return ""
        except OSError as error:
            raise StoreError("a token cannot be read") from error

    def save(self, name: str, text: str) -> None:
        """Written beside, flushed, and moved into its place: a crash leaves the old one or the new one."""
        path = self._path(name)
        draft = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        try:
            self._sweep(path)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINKS, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except BaseException as error:
            _remove(draft)
            if isinstance(error, OSError):
                raise StoreError("a token cannot be saved") from error
            raise

    def delete(self, name: str) -> None:
        """Forgets it, for every process."""
        try:
            path = self._path(name)
            self._sweep(path)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError("a token cannot be deleted") from error

    def try_lock(self, name: str) -> Held | None:
        """A lock among processes, which ends with the process that holds it."""
        try:
            descriptor = os.open(self._path(name).with_suffix(".lock"), os.O_RDWR | os.O_CREAT | _NO_LINKS, 0o600)
        except OSError as error:
            raise StoreError("a lock cannot be opened") from error
        if fcntl is None:
            return _FileLock(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise StoreError("a lock cannot be taken") from error
        return _FileLock(descriptor)

    def place(self, name: str) -> str:
        """The file of this name, for messages."""
        return str(self._path(name))

    def _sweep(self, path: Path) -> None:
        """Removes what a crash left of this name's. Nobody else writes one now: that takes the lock."""
        draft = re.compile(re.escape(path.stem) + r"\.\d+\.\d+")
        for entry in os.listdir(self._directory):
            if draft.fullmatch(entry):
                _remove(self._directory / entry)

    def _path(self, name: str) -> Path:
        return self._directory / (hashlib.sha256(name.encode()).hexdigest() + ".json")


def _remove(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        # What matters is the error that it is removed for; the next one to save tries again.
        pass


class _FileLock:
    """Given back when asked to, or when nobody has it any more."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        forks.watch(self)

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            if fcntl is not None:
                # Closing is not enough: a child process that was forked meanwhile may have the same lock open.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)

    def begin_anew(self) -> None:
        """In a child process: the lock is its parent's, and is not given back here."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __del__(self) -> None:
        try:
            self.release()
        except OSError:
            pass
