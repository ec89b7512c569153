#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A TCP peer that sends TEXT to whoever connects, and then nothing, for ever.

usage: silent_server.py TEXT [TEXT2 CERTIFICATE KEY]

With a certificate it waits for <starttls/>, sends TEXT2, and takes part in a TLS handshake.
Prints the port of loopback that it listens on.
"""

import socket
import ssl
import sys


def wait_for(connection, end):
    """Reads up to what the client sends in the clear last."""
    received = b""
    while not received.endswith(end):
        received += connection.recv(1)


def main():
    text, second, certificate = sys.argv[1], sys.argv[2:3], sys.argv[3:]
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(listener.getsockname()[1])
    kept = []
    while True:
        connection, _ = listener.accept()
        connection.sendall(text.encode())
        if certificate:
            wait_for(connection, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            connection.sendall(second[0].encode())
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            connection = context.wrap_socket(connection, server_side=True)
        kept.append(connection)


main()
