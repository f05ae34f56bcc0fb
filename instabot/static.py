"""Names of static files: with a hash of their contents, where they have been collected."""

import filecmp
from pathlib import Path

import structlog
from django.contrib.staticfiles import finders
from whitenoise.storage import CompressedManifestStaticFilesStorage

log = structlog.get_logger("static")


class Files(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # WhiteNoise has no types
    """Hashed names of what `manage.py collectstatic` collected from this very version.

    Otherwise files have their own names, by which WhiteNoise finds them in their packages: the
    collected ones may be missing, or be those of an older version.
    """

    # A module that two others import is one module only if all of them call it by one name.
    support_js_module_import_aggregation = True

    def load_manifest(self) -> tuple[dict[str, str], str]:
        names, digest = super().load_manifest()
        if names and not self._is_current(names):
            log.warning("static_files_are_old", advice="run manage.py collectstatic")
            names = {}
        return names, digest

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name

    def _is_current(self, names: dict[str, str]) -> bool:
        return all(
            name in names and _are_same(source, Path(self.path(name)))
            for name, source in _sources().items()
        )


def _sources() -> dict[str, Path]:
    """Return where the packages have each file; of several the first one counts."""
    found: dict[str, Path] = {}
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            found.setdefault(name, Path(storage.path(name)))
    return found


def _are_same(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False
