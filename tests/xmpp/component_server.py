# SPDX-License-Identifier: Apache-2.0
"""An XMPP server's component port as a test wants it, and the real exchange that connects to it.

The port is the kernel's. An Exchange has a directory of its own, with a copy of a catalog that was
made once, and is looked at from outside: its log, its descriptors, its exit status."""

import asyncio
import hashlib
import os
import re
import shutil
import signal
import socket
import struct
import tempfile

JID = "service.example.org"
SECRET = "a secret that no log may show"
PATIENCE_S = 60
STREAM = "http://etherx.jabber.org/streams"
STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
BACKOFF_FIRST_MS, BACKOFF_MAX_MS = 1000, 60000


def header(stream_id="1", sender=JID, content="jabber:component:accept"):
    """A server's stream header; an attribute that is None is left out."""
    attributes = "".join(f" {name}='{value}'" for name, value in
                         (("id", stream_id), ("from", sender)) if value is not None)
    return (f"<?xml version='1.0'?><stream:stream xmlns='{content}' "
            f"xmlns:stream='{STREAM}'{attributes}>")


def stream_error(condition, text="", content=""):
    if text:
        text = f"<text xmlns='{STREAM_ERRORS}'>{text}</text>"
    return (f"<stream:error><{condition} xmlns='{STREAM_ERRORS}'>{content}</{condition}>{text}"
            "</stream:error></stream:stream>")


def ping(number, sender="u@h.example/r"):
    return (f"<iq type='get' id='{number}' from='{sender}' to='{JID}'>"
            "<ping xmlns='urn:xmpp:ping'/></iq>")


class Connection:
    """One connection of the exchange, from the server's side."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.heard = ""

    async def say(self, text):
        """What the exchange does not take any more is nobody's fault."""
        try:
            self.writer.write(text if isinstance(text, bytes) else text.encode())
            await self.writer.drain()
        except ConnectionError:
            pass

    async def trickle(self, text):
        for byte in text.encode():
            await self.say(bytes([byte]))
            await asyncio.sleep(0.001)

    async def hear(self, pattern):
        """Reads up to a match, forgets everything up to its end and returns it."""
        while not (found := re.search(pattern, self.heard)):
            data = await asyncio.wait_for(self.reader.read(65536), PATIENCE_S)
            assert data, f"the exchange closed before /{pattern}/, after {self.heard[-300:]!r}"
            self.heard += data.decode()
        self.heard = self.heard[found.end():]
        return found

    async def gone(self):
        """Waits until the exchange has closed."""
        try:
            while await asyncio.wait_for(self.reader.read(65536), PATIENCE_S):
                pass
        except ConnectionError:
            pass
        self.writer.close()

    def hang_up(self, reset=False):
        if reset:
            self.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.close()

    async def greet(self, stream_id="1"):
        """Both headers, and the exchange's handshake, which must be right."""
        found = await self.hear(r"<stream:stream [^>]*to='([^']*)'>")
        assert found.group(1) == JID, found.group(0)
        await self.say(header(stream_id.replace("&", "&amp;").replace("<", "&lt;")))
        found = await self.hear("<handshake>(.*?)</handshake>")
        digest = hashlib.sha1((stream_id + SECRET).encode()).hexdigest()
        assert found.group(1) == digest, found.group(0)

    async def let_in(self, stream_id="1"):
        await self.greet(stream_id)
        await self.say("<handshake/>")

    async def served(self, number="served"):
        """A ping is answered."""
        await self.say(ping(number))
        await self.hear(f"<iq type='result'[^>]* id='{number}'")


class Server:
    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # what it has not taken
        self.socket.bind(("127.0.0.1", 0))  # no one listens yet
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        self.waiting = asyncio.Queue()
        self.listener = None

    async def listen(self):
        async def accept(reader, writer):
            self.connections += 1
            await self.waiting.put(Connection(reader, writer))
        self.listener = await asyncio.start_server(accept, sock=self.socket)

    async def connection(self):
        return await asyncio.wait_for(self.waiting.get(), PATIENCE_S)

    def close(self):
        if self.listener:
            self.listener.close()
        self.socket.close()


class Exchange:
    """intercloud-exchange with a configuration for that server. `catalog` is copied."""

    def __init__(self, server, catalog=None, extra=""):
        self.server = server
        self.folder = tempfile.mkdtemp(prefix="exchange-")
        self.catalog = os.path.join(self.folder, "catalog.db")
        if catalog:
            shutil.copytree(catalog, self.catalog)
        with open(self.path("secret"), "w", opener=lambda path, flags: os.open(path, flags, 0o600)) \
                as stream:
            stream.write(SECRET + "\n")
        with open(self.path("conf"), "w") as stream:
            stream.write(f'jid = "{JID}"\nserver = "127.0.0.1"\nport = {server.port}\n'
                         f'secret_file = "secret"\ncatalog = "catalog.db"\n{extra}')
        self.process = None

    def path(self, name):
        return os.path.join(self.folder, name)

    async def start(self):
        with open(self.path("log"), "wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                os.path.join(os.environ["BUILD"], "intercloud-exchange"), "--config",
                self.path("conf"), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log)

    def log(self):
        with open(self.path("log"), "rb") as stream:
            return stream.read().decode()

    async def logged(self, pattern, times=1):
        """Waits until the log has so many lines that match; returns the last."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while len(found := [line for line in self.log().split("\n")
                            if re.search(pattern, line)]) < times:
            assert self.process.returncode is None, f"it ended: {self.log()}"
            assert asyncio.get_running_loop().time() < end, f"no /{pattern}/ in {self.log()}"
            await asyncio.sleep(0.02)
        return found[-1]

    def delays_ms(self):
        return [int(delay) for delay in re.findall(r"next attempt in (\d+) ms", self.log())]

    def descriptors(self):
        """What its descriptors are, without numbers."""
        folder = f"/proc/{self.process.pid}/fd"
        found = []
        for name in os.listdir(folder):
            try:
                target = os.readlink(os.path.join(folder, name))
            except OSError:  # a thread has just closed it
                continue
            found.append(re.sub(r"\[\d+\]|^.*/exchange-[^/]*/", "", target))
        return sorted(found)

    async def stop(self):
        """SIGTERM; its status."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)

    def remove(self):
        if self.process and self.process.returncode is None:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
