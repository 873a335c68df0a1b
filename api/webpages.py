"""Web addresses: which host they name, and when two of them lead to the same page.

An address is kept as it was given; what is made of it here is for comparison alone.
"""

import hashlib
import re

from pydantic import HttpUrl, TypeAdapter

_ADDRESS = TypeAdapter(HttpUrl)
# Characters: PostgreSQL indexes up to 2,704 bytes, and escaped, an address is up to three times longer.
_INDEXED = 2_000
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What mailings, campaigns and social networks add to a link to learn who follows it; the page is the same. The rule:
# the prefixes of the common measuring tools, and the ids that an advertiser or a mailing gives each click or reader.
_TRACKING = re.compile(
    r"(utm|mtm|pk|piwik|hsa)_.*|(fb|g|d|tw|tt|ms|y)cl(k)?id|[gw]braid|li_fat_id|igsh(id)?|mc_[ce]id|mkt_tok|_hs(enc|mi)|xtor",
    re.IGNORECASE,
)
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile("[A-Za-z0-9._~-]")


def parsed(url: str) -> HttpUrl:
    """An absolute http(s) URL taken apart: host in lower case and Punycode, no dot segments; or a ValidationError."""
    return _ADDRESS.validate_python(url)


def host_of(url: str) -> str:
    """The host of a checked URL, lower case, internationalised names in Punycode."""
    return parsed(url).host or ""


def comparable(url: str) -> str:
    """The same for all checked URLs that lead to the same page, as far as the addresses themselves tell (RFC 3986, 6).

    http is https, `www.` is no part of the host, nor is a slash at the end one of the path; what only tells a visitor's
    way there is left out, and so is a place within the page (`#…`), but not a page of an application (`#!…`, `#/…`).
    Of a very long one, a digest.
    """
    address = parsed(url)
    port = "" if address.port in (None, _DEFAULT_PORTS[address.scheme]) else f":{address.port}"
    words = [word for word in (address.query or "").split("&") if not _TRACKING.fullmatch(word.partition("=")[0])]
    query = "?" + "&".join(words) if any(words) else ""
    fragment = f"#{address.fragment}" if (address.fragment or "").startswith(("!", "/")) else ""
    host = (address.host or "").removeprefix("www.")
    page = _ESCAPED.sub(_plain, host + port + (address.path or "").rstrip("/") + query + fragment)
    return page if len(page) <= _INDEXED else hashlib.sha256(page.encode()).hexdigest()


def _plain(escaped: re.Match[str]) -> str:
    letter = chr(int(escaped[0][1:], 16))
    return letter if _UNRESERVED.fullmatch(letter) else escaped[0].upper()
