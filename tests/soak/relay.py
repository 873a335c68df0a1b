"""A port in front of a server's socket, for a network of its own: `python -m tests.soak.relay ADDRESS PORT SOCKET`."""

import asyncio
import sys


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def main(address: str, port: str, path: str) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_unix_connection(path)
        await asyncio.gather(passed_on(reader, outer), passed_on(inner, writer), return_exceptions=True)

    server = await asyncio.start_server(connected, address, int(port))
    print("ready", flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
