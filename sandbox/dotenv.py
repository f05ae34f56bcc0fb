"""Writes a .env for development if there is none: `python -m sandbox.dotenv`.

It uses only the standard library, since it runs before there are any settings.
"""

import os
import secrets
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADING = "# Written by `make run` for this machine only: do not deploy it.\n"


def development_values() -> dict[str, str]:
    """Return the values that differ from the example; an empty one means the default."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DEBUG": "on",
        "SANDBOX": "on",
        "ALLOWED_HOSTS": "",
        "CSRF_TRUSTED_ORIGINS": "",
        "FACEBOOK_VERIFY_TOKEN": f"sandbox-{secrets.token_urlsafe(16)}",
        "FACEBOOK_APP_SECRET": f"sandbox-{secrets.token_hex(16)}",
        "INSTAGRAM_APP_SECRET": f"sandbox-{secrets.token_hex(16)}",
        "FACEBOOK_APP_ID": "200000000000002",  # of the sandbox's own apps
        "INSTAGRAM_APP_ID": "100000000000001",
        "INSTAGRAM_PAGE_ACCESS_TOKEN": f"sandbox-{secrets.token_urlsafe(32)}",
        "GRAPH_API_URL": "",  # made from SANDBOX and PORT in the settings
    }


def fill_in(example: str, values: dict[str, str]) -> str:
    """Return the example with these values; all other lines stay as they are."""
    remaining = dict(values)
    lines = []
    for line in example.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={remaining.pop(name)}" if name in remaining else line)
    if remaining:
        raise LookupError(f".env.example has no line for {', '.join(remaining)}.")
    return "\n".join([*lines, ""])


def write(folder: Path = ROOT) -> bool:
    """Write folder/.env, readable only by its owner; False if there is one already."""
    target = folder / ".env"
    if target.exists():
        return False
    text = HEADING + fill_in((folder / ".env.example").read_text("utf-8"), development_values())
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".env.")  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return _move(Path(draft), target)
    finally:
        Path(draft).unlink(missing_ok=True)


def _move(draft: Path, target: Path) -> bool:
    """Give the finished draft its name in one step, unless a file has that name by now."""
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        draft.rename(target)
    return True


if __name__ == "__main__":
    if write():
        print("Wrote .env for development: random secrets, sandbox on.")  # noqa: T201 - to whoever ran make
