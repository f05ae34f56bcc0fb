"""The grade that Mozilla's HTTP Observatory gives to a page.

Source: github.com/mdn/mdn-http-observatory, src/grader/charts.js (what each finding counts, and the
grades), src/analyzer/tests/ (what is found), src/scanner/index.js (extra credit), as of 2026-11.
Left out is what no page of ours can meet: scripts of other hosts (SRI), and a name that browsers
ship in their preload list, which is its owner's to ask for. Any CORS is taken for the worst.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.cookies import Morsel

ENOUGH_FOR_CREDIT = 90  # without extra credit; who has less gets none
A_PLUS = 100
SIX_MONTHS = 15_768_000

POINTS = {
    # Content-Security-Policy
    "csp: nothing unsafe, default-src 'none'": 10,
    "csp: nothing unsafe": 5,
    "csp: unsafe in style-src alone": 0,
    "csp: pictures by http": -10,
    "csp: unsafe-eval": -10,
    "csp: http": -20,
    "csp: unsafe-inline scripts": -20,
    "csp: none": -25,
    # Set-Cookie
    "cookies: secure, sessions HttpOnly, SameSite": 5,
    "cookies: secure, sessions HttpOnly": 0,
    "cookies: none": 0,
    "cookies: not secure": -20,
    "cookies: CSRF without SameSite": -20,
    "cookies: session without HttpOnly": -30,
    "cookies: session not secure": -40,
    # Access-Control-Allow-Origin
    "cors: none": 0,
    "cors: anybody": -50,
    # http:// leads to https://
    "redirection: to https": 0,
    "redirection: none": -20,
    # Referrer-Policy
    "referrer: private": 5,
    "referrer: not said": 0,
    "referrer: unsafe": -5,
    # Strict-Transport-Security
    "hsts: six months or more": 0,
    "hsts: less": -10,
    "hsts: none": -20,
    # X-Content-Type-Options
    "nosniff": 0,
    "sniffs": -5,
    # X-Frame-Options, or frame-ancestors
    "frames: by the policy": 5,
    "frames: by the header": 0,
    "frames: anybody": -20,
    # Cross-Origin-Resource-Policy
    "corp: same origin or site": 10,
    "corp: not said": 0,
}
BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
INLINE = {"'unsafe-inline'", "data:"}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


@dataclass(frozen=True, slots=True)
class Grade:
    score: int
    findings: tuple[str, ...]


def grade(
    headers: Mapping[str, str], cookies: Mapping[str, "Morsel[Any]"], *, redirected: str
) -> Grade:
    """Return the score of an answer that came by https.

    redirected: where the same address leads to by http; empty: nowhere.
    """
    policy = read_policy(headers.get("Content-Security-Policy", ""))
    findings = (
        _judge_policy(policy),
        _judge_cookies(cookies),
        "cors: anybody" if "Access-Control-Allow-Origin" in headers else "cors: none",
        "redirection: to https" if redirected.startswith("https://") else "redirection: none",
        _judge_referrer(headers.get("Referrer-Policy")),
        _judge_hsts(headers.get("Strict-Transport-Security", "")),
        "nosniff" if headers.get("X-Content-Type-Options") == "nosniff" else "sniffs",
        _judge_frames(policy, headers.get("X-Frame-Options", "")),
        _judge_corp(headers.get("Cross-Origin-Resource-Policy")),
    )
    points = [POINTS[one] for one in findings]
    base = A_PLUS + sum(one for one in points if one < 0)
    score = base + sum(one for one in points if one > 0) if base >= ENOUGH_FOR_CREDIT else base
    return Grade(max(score, 0), findings)


def read_policy(header: str) -> dict[str, set[str]]:
    told = (one.split() for one in header.split(";") if one.strip())
    return {name.lower(): set(sources) for name, *sources in told}


def _judge_policy(policy: dict[str, set[str]]) -> str:
    if not policy:
        return "csp: none"

    def sources(name: str) -> set[str]:
        return policy.get(name) or policy.get("default-src") or {"*"}

    scripts, styles = sources("script-src"), sources("style-src")
    media = sources("img-src") | sources("media-src")
    active = scripts.union(
        *(policy[name] for name in policy if name not in {"img-src", "media-src"})
    )
    found = {
        "csp: unsafe-inline scripts": scripts & (BROAD | INLINE) or sources("object-src") & BROAD,
        "csp: http": {one for one in active if one.startswith(("http:", "ftp:"))},
        "csp: unsafe-eval": (scripts | styles) & {"'unsafe-eval'"},
        "csp: pictures by http": {one for one in media if one.startswith(("http:", "ftp:"))},
        "csp: unsafe in style-src alone": styles & (BROAD | INLINE),
        "csp: nothing unsafe, default-src 'none'": policy.get("default-src") == {"'none'"},
    }
    return next((name for name, is_so in found.items() if is_so), "csp: nothing unsafe")


def _judge_cookies(cookies: Mapping[str, "Morsel[Any]"]) -> str:
    """Return the worst of all, of which the Observatory tells a session's and a CSRF token's."""
    if not cookies:
        return "cookies: none"
    found = {"cookies: secure, sessions HttpOnly, SameSite"}
    for name, one in cookies.items():
        is_session = "sess" in name.lower() or "login" in name.lower()
        if not one["samesite"]:
            is_token = "csrf" in name.lower()
            found.add(
                "cookies: CSRF without SameSite"
                if is_token
                else "cookies: secure, sessions HttpOnly"
            )
        if not one["secure"]:
            found.add("cookies: session not secure" if is_session else "cookies: not secure")
        if is_session and not one["httponly"]:
            found.add("cookies: session without HttpOnly")
    return min(found, key=POINTS.__getitem__)


def _judge_referrer(said: str | None) -> str:
    if said is None:
        return "referrer: not said"
    return "referrer: private" if said in PRIVATE else "referrer: unsafe"


def _judge_hsts(said: str) -> str:
    age = said.partition("max-age=")[2].partition(";")[0]
    if not age.isdigit():
        return "hsts: none"
    return "hsts: six months or more" if int(age) >= SIX_MONTHS else "hsts: less"


def _judge_frames(policy: dict[str, set[str]], said: str) -> str:
    if "frame-ancestors" in policy:
        return "frames: by the policy"
    return "frames: by the header" if said in {"DENY", "SAMEORIGIN"} else "frames: anybody"


def _judge_corp(said: str | None) -> str:
    return "corp: same origin or site" if said in {"same-origin", "same-site"} else "corp: not said"
