#!/usr/bin/env python3
"""A TCP proxy that delays each reply of a server by MILLISECONDS, for scripts/bench.

usage: slow-proxy.py SOCKET MILLISECONDS

Listens on a free port of 127.0.0.1, prints the port, and connects to the Unix socket SOCKET.
"""

import asyncio
import sys


async def carry(reader, writer, delay):
    try:
        while data := await reader.read(65536):
            await asyncio.sleep(delay)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    path, delay = sys.argv[1], int(sys.argv[2]) / 1000

    async def serve(reader, writer):
        there_reader, there_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(carry(reader, there_writer, 0), carry(there_reader, writer, delay))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
