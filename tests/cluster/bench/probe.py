"""Writes a few keys of every shard again and again, until its stdin ends; then prints the longest time for which any of
them could not be written, in milliseconds, and how many writes were answered.

probe.py HOST:PORT...
"""

import json
import socket
import sys
import threading
import time

KEYS = 48
TIMEOUT = 0.3
PAUSE = 0.005
# Where members are, as the last one said that was asked.
known = [tuple(place.rsplit(":", 1)) for place in sys.argv[1:]]
ended = threading.Event()


class Node:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, int(port)), TIMEOUT)
        self.file = self.socket.makefile("rb")

    def ask(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in (it.encode() for it in words)]
        self.socket.sendall(b"".join(parts))
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise OSError("it broke off")
        return line[:1], line[1:].decode().strip()

    def members(self):
        kind, size = self.ask("CLUSTER", "NODES")
        text = self.file.read(int(size) + 2).decode() if kind == b"$" else ""
        lines = [line.split(" ") for line in text.splitlines() if line.strip()]
        return [tuple(line[1].split("@")[0].rsplit(":", 1)) for line in lines if "noaddr" not in line[2]]


def learn():
    """Pods come back with other addresses."""
    while not ended.is_set():
        for place in list(known):
            try:
                known[:] = Node(*place).members() or known
                break
            except OSError:
                continue
        time.sleep(0.2)



def write(number, longest, count):
    """One key: where it was written last, or where it is told to be, or anybody."""
    place, node, last, turn = None, None, time.monotonic(), number
    while not ended.is_set():
        try:
            if node is None:
                place = place or known[turn % len(known)]
                node = Node(*place)
            kind, text = node.ask("SET", f"probe:{number}", "x")
            if kind == b"+":
                now = time.monotonic()
                longest[number] = max(longest[number], now - last)
                count[number] += 1
                last = now
            else:
                words = text.split(" ")
                place = tuple(words[2].rsplit(":", 1)) if words[0] == "MOVED" else None
                node = None
                turn += 1
        except OSError:
            place, node = None, None
            turn += 1
        time.sleep(PAUSE)
    longest[number] = max(longest[number], time.monotonic() - last)


longest, count = [0.0] * KEYS, [0] * KEYS
threads = [threading.Thread(target=learn)]
threads += [threading.Thread(target=write, args=(number, longest, count)) for number in range(KEYS)]
for thread in threads:
    thread.start()
while not all(count):
    time.sleep(0.1)
# From here on it counts.
longest[:] = [0.0] * KEYS
print("ready", flush=True)
sys.stdin.read()
ended.set()
for thread in threads:
    thread.join()
print(json.dumps({"longest_ms": round(max(longest) * 1000), "acknowledged": sum(count)}), flush=True)
