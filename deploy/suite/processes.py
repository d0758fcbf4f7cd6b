"""Child processes that outlive this script: start, find again, stop.

A process is remembered by its pid and its start time, so that a pid that the
kernel has given to somebody else is never taken for ours.
"""

import json
import os
import signal
import subprocess
import time


def start_time(pid):
    """Start time of a process in clock ticks, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


class Process:
    """One long-running process with a pid file and a log file."""

    def __init__(self, name, run_dir, log_dir):
        self.name = name
        self.pid_file = os.path.join(run_dir, name + ".pid")
        self.log_file = os.path.join(log_dir, name + ".log")

    def pid(self):
        """The pid when it runs, else None."""
        try:
            with open(self.pid_file, encoding="ascii") as f:
                known = json.load(f)
        except (OSError, ValueError):
            return None
        if start_time(known["pid"]) != known["start"]:
            return None
        return known["pid"]

    def start(self, argv, env=None, pass_fds=()):
        with open(self.log_file, "ab") as log:
            child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=env, start_new_session=True, pass_fds=pass_fds)
        temporary = self.pid_file + ".new"
        with open(temporary, "w", encoding="ascii") as f:
            json.dump({"pid": child.pid, "start": start_time(child.pid)}, f)
        os.replace(temporary, self.pid_file)
        return child

    def stop(self, grace_seconds=20):
        """SIGTERM, then SIGKILL; returns True when it ended by itself."""
        pid = self.pid()
        if pid is None:
            self._forget()
            return True
        os.kill(pid, signal.SIGTERM)
        gentle = self._wait(grace_seconds)
        if not gentle:
            os.kill(pid, signal.SIGKILL)
            self._wait(5)
        self._forget()
        return gentle

    def _wait(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pid = self.pid()
            if pid is None:
                return True
            try:  # A child of this very script stays a zombie until reaped.
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
            time.sleep(0.05)
        return self.pid() is None

    def _forget(self):
        try:
            os.unlink(self.pid_file)
        except FileNotFoundError:
            pass

    def log_tail(self, lines=15):
        try:
            with open(self.log_file, encoding="utf-8", errors="replace") as f:
                return "".join(f.readlines()[-lines:])
        except OSError:
            return ""


def stop_all(folder, say):
    """Stops what has a pid file in the folder; True when all of it ended by
    itself."""
    names = sorted((name[:-len(".pid")] for name in os.listdir(folder)
                    if name.endswith(".pid")),
                   reverse=True) if os.path.isdir(folder) else []
    clean = True
    for name in names:
        process = Process(name, folder, folder)
        if process.pid() is not None:
            clean = process.stop() and clean
            say(f"{name}: stopped")
    return clean
