"""The files of the widget and of our own pages: read once, compressed once, served with their headers."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from sanic.request import Request
from sanic.response import HTTPResponse, raw, redirect

_SOURCES = ("texts.js", "dom.js", "transport.js", "cards.js", "inputs.js", "view.js", "element.js")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_PAGE = {
    "Content-Security-Policy": _POLICY,
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# What other sites load: any page may read it, it holds nothing of anybody.
_SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    content: bytes
    kind: str

    @cached_property
    def tag(self) -> str:
        """Changes with the content."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    @cached_property
    def compressed(self) -> bytes:
        """The content, gzipped."""
        return gzip.compress(self.content, 9, mtime=0)

    def answer(self, request: Request) -> HTTPResponse:
        """The file, or that the browser's copy is still good; for good where the address names its version."""
        if self.kind == "html" and request.path.endswith("/web"):
            return redirect(f"{request.path}/")  # relative addresses in the page need the slash
        etag = f'"{self.tag}"'
        headers = {
            **_EVERYWHERE,
            **(_PAGE if self.kind == "html" else _SHARED),
            "ETag": etag,
            "Vary": "Accept-Encoding",
        }
        headers["Cache-Control"] = self._caching(request)
        if etag in request.headers.get("if-none-match", ""):
            return raw(b"", status=304, headers=headers)
        content_type = f"{_TYPES[self.kind]}; charset=utf-8"
        if "gzip" in request.headers.get("accept-encoding", ""):
            return raw(
                self.compressed, headers={**headers, "Content-Encoding": "gzip"}, content_type=content_type
            )
        return raw(self.content, headers=headers, content_type=content_type)

    def _caching(self, request: Request) -> str:
        if request.args.get("v") == self.tag:
            return "public, max-age=31536000, immutable"
        return "no-cache" if self.kind == "html" else "public, max-age=300"


def load() -> Mapping[str, Asset]:
    """Every file by its path: the widget's script put together, pages with the versions of what they load."""
    style = _text("widget.css")
    sources = "\n".join(_text(f"widget/{name}") for name in _SOURCES)
    script = f'(() => {{\n"use strict";\nconst STYLE = {json.dumps(style)};\n{sources}\n}})();\n'
    assets = {
        "widget.js": _asset(script, "js"),
        "widget.css": _asset(style, "css"),
        "page.css": _asset(_text("page.css"), "css"),
        "demo.css": _asset(_text("demo.css"), "css"),
        "verify.css": _asset(_text("verify.css"), "css"),
    }
    versions = {f"{{{{{name}}}}}": f"{name}?v={asset.tag}" for name, asset in assets.items()}
    for path, name in (("", "page.html"), ("demo", "demo.html"), ("demo-en", "demo.en.html")):
        text = _text(name)
        for placeholder, address in versions.items():
            text = text.replace(placeholder, address)
        assets[path] = _asset(text, "html")
    return assets


def server_of(asset: Asset) -> Callable[[Request], Awaitable[HTTPResponse]]:
    """A route's handler for a file."""

    async def serve(request: Request) -> HTTPResponse:
        return asset.answer(request)

    return serve


def _asset(text: str, kind: str) -> Asset:
    return Asset(text.encode(), kind)


def _text(name: str) -> str:
    return resources.files("bot.channels").joinpath("static").joinpath(name).read_text(encoding="utf-8")
