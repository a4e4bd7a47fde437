"""A TCP proxy that passes on late what a client sends: slow.py MILLISECONDS HOST[:PORT]. It prints its own port."""

import asyncio
import sys

delay = int(sys.argv[1]) / 1000
host, _, port = sys.argv[2].partition(":")


async def pump(reader, writer, delay):
    loop = asyncio.get_running_loop()
    while data := await reader.read(1 << 16):
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)


async def serve(client, to_client):
    server, to_server = await asyncio.open_connection(host, port or 443)
    await asyncio.gather(
        pump(client, to_server, delay), pump(server, to_client, 0), return_exceptions=True
    )


async def main():
    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


asyncio.run(main())
