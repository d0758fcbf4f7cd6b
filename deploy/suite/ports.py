"""Ports of loopback that stay free until their server binds them.

A number that the kernel gave for port 0 and got back may be the near end of
anybody's next connection, or go to another test, before the server that it was
meant for is there; and again while that server restarts. So ports come from
outside of the kernel's own range, and an abstract socket of the port's name
holds each for this process's life: its scope is the network namespace, as a
port's, and it ends with the process, however that ends.
"""

import errno
import random
import socket

from deploy.services import PORTS

# Below are ports that services of the machine have by name.
LOWEST = 10_240
HIGHEST = 65_535

_held = []


def free_ports(count):
    """Numbers that nobody listens on and no other caller, of whatever process,
    has until this process ends."""
    ports = []
    for port in _candidates():
        if len(ports) == count:
            return ports
        if _take(port):
            ports.append(port)
    raise OSError(errno.EADDRINUSE, f"there are no {count} free ports")


def _candidates():
    """Those outside of the kernel's range first; there may be none."""
    first, last = _kernels_range()
    known = set(PORTS.values())
    ports = [port for port in range(LOWEST, HIGHEST + 1) if port not in known]
    # From anywhere: what outlives its chooser is rarely met again.
    random.shuffle(ports)
    return sorted(ports, key=lambda port: first <= port <= last)


def _kernels_range():
    with open("/proc/sys/net/ipv4/ip_local_port_range",
              encoding="ascii") as f:
        first, last = f.read().split()
    return int(first), int(last)


def _take(port):
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        name.bind(f"\0otrp-port-{port}")
        # Of somebody who doesn't ask here, on any address.
        with socket.socket() as listener:
            listener.bind(("", port))
    except OSError:
        name.close()
        return False
    _held.append(name)
    return True
