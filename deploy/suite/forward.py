#!/usr/bin/env python3
"""Hands TCP connections from loopback into a network namespace, so that the
containers' ports are on loopback and the machine's own network, its firewall
included, stays as it is.

    forward.py /run/netns/NAME FD=HOST:PORT ..

FD is a listening socket that the parent opened outside the namespace.
"""

import asyncio
import ctypes
import os
import signal
import socket
import sys

CLONE_NEWNET = 0x40000000
BUFFER = 256 * 1024


def enter(namespace):
    """Sockets that are made from here on belong to the namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns", namespace)
    os.close(descriptor)


class End(asyncio.Protocol):
    """One end of a connection; what it reads, its peer writes."""

    def __init__(self, peer=None):
        self.peer = peer
        self.transport = None
        self.early = []

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(BUFFER)
        if self.peer:
            self.peer.peer = self
            for data in self.peer.early:
                transport.write(data)
            self.peer.early = []
            self.peer.transport.resume_reading()

    def data_received(self, data):
        if self.peer:
            self.peer.transport.write(data)
        else:
            self.early.append(data)

    def eof_received(self):
        if self.peer and self.peer.transport.can_write_eof():
            self.peer.transport.write_eof()
        return True  # The other direction may still have something to say.

    def connection_lost(self, _error):
        if self.peer and self.peer.transport:
            self.peer.transport.close()

    def pause_writing(self):
        if self.peer:
            self.peer.transport.pause_reading()

    def resume_writing(self):
        if self.peer and not self.peer.transport.is_closing():
            self.peer.transport.resume_reading()


class Accepted(End):
    """A connection from outside; opens its other end."""

    def __init__(self, loop, host, port):
        super().__init__()
        self.loop = loop
        self.target = (host, port)

    def connection_made(self, transport):
        super().connection_made(transport)
        transport.pause_reading()
        self.loop.create_task(self.reach())

    async def reach(self):
        try:
            await self.loop.create_connection(lambda: End(self), *self.target)
        except OSError:
            # Nobody listens there; neither does anybody here.
            self.transport.abort()
            return
        if self.transport.is_closing():
            self.peer.transport.close()


async def serve(targets):
    loop = asyncio.get_running_loop()
    for descriptor, host, port in targets:
        listener = socket.socket(fileno=descriptor)
        listener.setblocking(False)
        await loop.create_server(
            lambda host=host, port=port: Accepted(loop, host, port),
            sock=listener, backlog=1024)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def main():
    targets = []
    for argument in sys.argv[2:]:
        descriptor, address = argument.split("=")
        host, port = address.rsplit(":", 1)
        targets.append((int(descriptor), host, int(port)))
    enter(sys.argv[1])
    asyncio.run(serve(targets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
