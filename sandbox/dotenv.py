"""Writes a .env for development where there is none: `python -m sandbox.dotenv`.

Knows nothing but the standard library, since it runs before there are any settings.
"""

import os
import secrets
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADING = "# Written by `make run` for this machine only: do not deploy it.\n"


def development_values() -> dict[str, str]:
    """What differs from the example; an empty value means the default."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DEBUG": "on",
        "SANDBOX": "on",
        "ALLOWED_HOSTS": "",
        "CSRF_TRUSTED_ORIGINS": "",
        "FACEBOOK_VERIFY_TOKEN": f"sandbox-{secrets.token_urlsafe(16)}",
        "FACEBOOK_APP_SECRET": f"sandbox-{secrets.token_hex(16)}",
        "INSTAGRAM_PAGE_ACCESS_TOKEN": f"sandbox-{secrets.token_urlsafe(32)}",
        "GRAPH_API_URL": "",  # made from SANDBOX and PORT in the settings
    }


def fill_in(example: str, values: dict[str, str]) -> str:
    """Return the example with these values; comments and other lines stay as they are."""
    left = dict(values)
    lines = []
    for line in example.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={left.pop(name)}" if name in left else line)
    if left:
        raise LookupError(f".env.example has no line for {', '.join(left)}.")
    return "\n".join([*lines, ""])


def write(folder: Path = ROOT) -> bool:
    """Write folder/.env, readable by its owner only; False when there is one already."""
    target = folder / ".env"
    if target.exists():
        return False
    text = HEADING + fill_in((folder / ".env.example").read_text("utf-8"), development_values())
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".env.")  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return _put(Path(draft), target)
    finally:
        Path(draft).unlink(missing_ok=True)


def _put(draft: Path, target: Path) -> bool:
    """Give the finished draft its name in one step; never over a file that has appeared."""
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
