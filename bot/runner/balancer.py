"""A stand-in for the proxy where neither Caddy nor nginx is installed: `python -m bot.runner.balancer PORT PORT…`.

Each connection to the first port goes to the next of the others that takes it. For tests and measurements only.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

from bot.runner.lifeline import end_with_parent

_CHUNK = 64 * 1024
_HOST = "127.0.0.1"


class Balancer:
    """Takes turns between servers on this machine."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)

    async def serve(self, port: int) -> None:
        """Listen until cancelled."""
        server = await asyncio.start_server(self._take, _HOST, port, backlog=4096)
        async with server:
            await server.serve_forever()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await self._open()
        if behind is None:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await _close(writer)
            return
        await asyncio.gather(_copy(reader, behind[1]), _copy(behind[0], writer))

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self._ports:
            port = self._ports.pop(0)
            self._ports.append(port)
            with suppress(OSError):
                return await asyncio.open_connection(_HOST, port)
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.close()
        await writer.wait_closed()


if __name__ == "__main__":
    end_with_parent()
    own, *others = map(int, sys.argv[1:])
    asyncio.run(Balancer(others).serve(own))
