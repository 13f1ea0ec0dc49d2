"""The work of the benchmark of tasks as a plain Python program does it, with the standard library alone.

    tasks.py asyncio URL FILES BOUND      downloads over raw streams, on connections that stay open
    tasks.py threads URL FILES BOUND      downloads by urllib in a pool of threads
    tasks.py processes TRIALS             a simulation in a pool of processes

It says "ready", waits for a line, works, says how long that took and what came of it, and stays until its input ends,
so that its memory and that of its children can be read.
"""

import asyncio
import hashlib
import json
import os
import random
import sys
import time
import urllib.request
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from urllib.parse import urlsplit

PARTS = 16
SEED = 2026


def say(what):
    print(json.dumps(what), flush=True)


def proof(hashes):
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


class Connection:
    """One connection to a server, for one request after the other."""

    def __init__(self, host, port):
        self.host, self.port = host, port

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        await self.writer.wait_closed()

    async def get(self, path):
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        if status.split(" ")[1] != "200":
            raise RuntimeError(status)
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        return await self.reader.readexactly(int(headers["content-length"]))


async def with_asyncio(url, files, bound):
    address = urlsplit(url)
    numbers = iter(range(files))
    hashes = [None] * files

    async def fetch():
        async with Connection(address.hostname, address.port) as connection:
            for number in numbers:
                body = await connection.get(f"/files/{number}")
                hashes[number] = hashlib.sha256(body).hexdigest()

    async with asyncio.TaskGroup() as group:
        for _ in range(bound):
            group.create_task(fetch())
    return proof(hashes)


def fetch(address):
    with urllib.request.urlopen(address) as answer:
        return hashlib.sha256(answer.read()).hexdigest()


def of_part(trials, part):
    return trials // PARTS + (part < trials % PARTS)


def throw(part, trials):
    chance = random.Random(SEED + part).random
    hits = 0
    for _ in range(trials):
        x, y = chance(), chance()
        if x * x + y * y <= 1.0:
            hits += 1
    return hits


def main(job, *words):
    # What it does, and what has to stay until its memory was read.
    pool = None
    if job == "asyncio":
        url, files, bound = words[0], int(words[1]), int(words[2])

        def work():
            return asyncio.run(with_asyncio(url, files, bound))

    elif job == "threads":
        url, files, bound = words[0], int(words[1]), int(words[2])
        pool = ThreadPoolExecutor(bound)

        def work():
            return proof(pool.map(fetch, (f"{url}/files/{number}" for number in range(files))))

    else:
        trials = int(words[0])
        pool = ProcessPoolExecutor(len(os.sched_getaffinity(0)))

        def work():
            hits = sum(pool.map(throw, range(PARTS), (of_part(trials, part) for part in range(PARTS))))
            return str(4 * hits / trials)

    say("ready")
    sys.stdin.readline()
    begun = time.perf_counter()
    result = work()
    say({"wall": time.perf_counter() - begun, "proof": result})
    sys.stdin.read()
    if pool is not None:
        pool.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
