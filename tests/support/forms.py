"""The forms of a page, as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """Where a form is sent, how, and the values of its fields as they stand there."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        if not self.forms:
            return
        name, fields = given.get("name", ""), self.forms[-1].fields
        if tag in ("input", "button") and name:
            is_left_out = given.get("type") in ("checkbox", "radio") and "checked" not in given
            if not (is_left_out and name in fields):
                fields[name] = given.get("value", "on")
        elif tag in ("select", "textarea") and name:
            fields[name] = ""
            self.select, self.area = (name, "") if tag == "select" else ("", name)
        elif tag == "option" and self.select and "selected" in given:
            fields[self.select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.area:
            self.forms[-1].fields[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""


def read(page: str) -> list[Form]:
    found = _Forms()
    found.feed(page)
    return found.forms
