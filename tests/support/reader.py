"""A process that reads one file as an upload is read, and says how it ended and what it took."""

import re
import sys
from pathlib import Path

if __name__ == "__main__":
    import django

    django.setup()
    from conversations.composer import pictures
    from rules.transfer.formats import FORMATS, PAGE_FORMATS, choose_format
    from rules.transfer.limits import UnreadableError

    for name in sys.argv[1:]:
        file = Path(name)
        try:
            if file.suffix == ".png":
                pictures.clean(file.read_bytes())
            else:
                place = FORMATS.index(type(choose_format(file.name)))
                PAGE_FORMATS[place]().read_rows(file.read_bytes())
            said = "read"
        except (UnreadableError, pictures.PictureError) as error:
            said = str(error)
        [most] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        sys.stdout.write(f"{file.name}\t{int(most) // 1024}\t{said}\n")
