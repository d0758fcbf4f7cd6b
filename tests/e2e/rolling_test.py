"""A rolling upgrade under load: the tables of the next version first, then
each service's next instance beside the one that runs, then the older one is
asked to stop. Devices work all the time, and no contact fails.

Both instances are the same build here; what differs is the tables, which get
what a later version may add, while the older instances go on with them."""

import os
import random
import re
import select
import shutil
import socket
import threading
import time
import unittest
import urllib.request

from deploy.services import PORTS, SCHEMAS
from deploy.suite.processes import Process
from deploy.suite.runners import Processes
from deploy.suite.ports import free_ports
from deploy.suite.stack import Stack
from tests.e2e.world import ROOT, SERVICES, TA_ID, World

WORKERS = 3
# How long both instances of a service serve side by side.
TOGETHER_SECONDS = 1


class Balancer:
    """What a cluster's Service is: one port in front of the instances that
    take new connections. It knows nothing of what goes through it."""

    def __init__(self, port):
        self.backends = []
        self._turn = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,),
                             daemon=True).start()

    def _connect(self):
        with self._lock:
            backends = list(self.backends)
            self._turn += 1
            turn = self._turn
        for i in range(len(backends)):
            try:
                return socket.create_connection(
                    ("127.0.0.1", backends[(turn + i) % len(backends)]))
            except OSError:
                continue
        return None

    def _carry(self, client):
        server = self._connect()
        if server is None:
            client.close()
            return
        with client, server:
            other = {client: server, server: client}
            while other:
                for source in select.select(list(other), [], [])[0]:
                    try:
                        data = source.recv(65536)
                        target = client if source is server else server
                        if data:
                            target.sendall(data)
                            continue
                        target.shutdown(socket.SHUT_WR)
                    except OSError:
                        return
                    del other[source]

    def close(self):
        self._listener.close()


class Generations(Processes):
    """Instances of a service, one after the other, behind balancers."""

    def __init__(self, stack):
        super().__init__(stack)
        self.generation = {name: 1 for name in SERVICES}
        self.ports = {}
        self.children = {}
        self.balancers = {name: Balancer(port)
                          for name, port in stack.ports.items()}

    def process_of(self, name, generation):
        return Process(f"{name}-{generation}", self._stack.run,
                       self._stack.logs)

    def process(self, name):
        return self.process_of(name, self.generation[name])

    def start(self, name, program, flags):
        self.children[name, self.generation[name]] = self.process(name).start(
            [self._stack.binary(program), *flags])

    def listen(self, service, port):
        key = (service, self.generation[service], port)
        if key not in self.ports:
            self.ports[key] = free_ports(1)[0]
            balancer = self.balancers[port]
            # Whoever looks at metrics means the newest.
            if port.endswith("_metrics"):
                balancer.backends = [self.ports[key]]
            else:
                balancer.backends = [*balancer.backends, self.ports[key]]
        return f"127.0.0.1:{self.ports[key]}"

    def take_out(self, service, generation):
        """No new connections to that instance."""
        for (name, number, port), where in self.ports.items():
            if (name, number) == (service, generation):
                balancer = self.balancers[port]
                balancer.backends = [b for b in balancer.backends
                                     if b != where]

    def close(self):
        for (name, generation), child in self.children.items():
            if child.poll() is None:
                self.process_of(name, generation).stop()
        for balancer in self.balancers.values():
            balancer.close()


class RollingStack(Stack):
    def _runner(self, name):
        return self.runner if hasattr(self, "runner") else Generations(self)


class RollingWorld(World):
    def make_stack(self, runner, **more):
        return RollingStack(os.path.join(self.folder, "state"), root=ROOT,
                            bin_dir=ROOT,
                            ports=dict(zip(PORTS, free_ports(len(PORTS)))),
                            **more)

    def close(self):
        super().close()
        self.stack.runner.close()


class Load:
    """Devices that contact the TSM over and over: new ones, known ones with
    nothing to do, and known ones for which there is a newer version."""

    def __init__(self, world):
        self._world = world
        self._stop = threading.Event()
        self.contacts = 0
        self.requests = []
        self.failures = []
        self._threads = [threading.Thread(target=self._work, args=(n,))
                         for n in range(WORKERS)]
        for thread in self._threads:
            thread.start()

    def _work(self, number):
        try:
            folder, _ = self._world.new_device(
                alg="rsa" if number == 0 else "ec")
            while not self._stop.is_set():
                self.requests += self._world.requests(folder)
                self.contacts += 1
                time.sleep(random.random() / 10)
        except Exception as failure:  # pylint: disable=W0718
            self.failures.append(f"worker {number}: {failure}")

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def messages_of(port):
    """How many messages of devices an instance of the tsm has taken."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics",
                                timeout=10) as answer:
        text = answer.read().decode()
    return sum(float(n) for n in re.findall(
        r"^otrp_message_total\{[^}]*\} (\S+)$", text, re.MULTILINE))


class RollingTest(unittest.TestCase):
    def setUp(self):
        self.world = RollingWorld()
        self.addCleanup(self.world.close)
        self.runner = self.world.stack.runner

    def next_tables(self):
        """What the rules for migrations let the next version do: columns
        with defaults, and tables."""
        for schema, service in SCHEMAS.items():
            tables = self.world.stack.postgres.psql(
                "SELECT tablename FROM pg_tables WHERE schemaname = "
                f"'{schema}' AND tablename <> 'schema_migration'").split()
            self.assertGreater(len(tables), 3)
            folder = self.world.path("migrations-" + schema)
            shutil.copytree(os.path.join(ROOT, service.migrations), folder)
            number = max(int(name[:4]) for name in os.listdir(folder)) + 1
            with open(os.path.join(folder, f"{number:04}_next.sql"), "w",
                      encoding="ascii") as f:
                for table in tables:
                    f.write(f"ALTER TABLE {table} ADD COLUMN of_the_next "
                            "text NOT NULL DEFAULT 'x';\n")
                f.write("CREATE TABLE the_next (id bigint PRIMARY KEY);\n")
            self.runner.once("libs/store/otrp_migrate", [
                f"--schema={schema}", f"--dir={folder}", "--dsn_file="
                + self.world.stack.postgres.dsn_file("otrp_migrate")])

    def start_next(self, name):
        self.runner.generation[name] += 1
        self.world.stack.start_service(name)

    def stop_first(self, name):
        self.runner.take_out(name, 1)
        child = self.runner.children[name, 1]
        child.terminate()
        self.assertEqual(child.wait(timeout=20), 0, name)

    def test_no_contact_fails_while_every_service_is_replaced(self):
        sp = self.world.new_sp()
        self.world.release(sp, "1.0.0")
        sp.assign(TA_ID, "all")
        load = Load(self.world)
        self.addCleanup(load.stop)
        self.wait_for(load, 2 * WORKERS)

        self.next_tables()
        self.wait_for(load, 2 * WORKERS)
        for name in SERVICES:
            self.start_next(name)
            time.sleep(TOGETHER_SECONDS)
            self.world.release(sp, f"1.{len(load.requests)}.0")
        # The first gateway holds on to the first tsm, the second gateway may
        # have either; both tsms are working on one database now.
        self.wait_for(load, 4 * WORKERS)
        for name in reversed(SERVICES):
            self.stop_first(name)
            time.sleep(TOGETHER_SECONDS)
            self.wait_for(load, WORKERS)
        second = messages_of(self.runner.ports["tsm", 2, "tsm_metrics"])
        self.assertGreater(second, 0)

        self.world.release(sp, "2.0.0")
        self.wait_for(load, 3 * WORKERS)
        load.stop()
        self.assertEqual(load.failures, [])
        for request in ("GetDeviceStateRequest", "CreateSDRequest",
                        "InstallTARequest", "UpdateTARequest"):
            self.assertIn(request, load.requests)
        self.world.must("audit", "verify")
        print(f"{load.contacts} contacts, {len(load.requests)} requests, "
              "none failed")

    def wait_for(self, load, contacts):
        """Until that many more contacts are over."""
        wanted = load.contacts + contacts
        deadline = time.monotonic() + 60
        while load.contacts < wanted:
            self.assertEqual(load.failures, [])
            self.assertLess(time.monotonic(), deadline, "devices stand still")
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
