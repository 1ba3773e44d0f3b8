"""Stands in for Aurora DSQL in front of a plain PostgreSQL: TLS, and `INDEX ASYNC`.

A client that speaks DSQL connects to PORT; what it says goes to the server's socket, with
`INDEX ASYNC` as `INDEX`, which alone it refuses. The rest of the dialect is that of the server.

usage: dsql.py SOCKET CERTIFICATE KEY    (prints the port it listens on)
"""

import re
import socket
import ssl
import struct
import sys
import threading

PLAIN_INDEX = rb"(?i)\bcreate\s+(unique\s+)?index\s+(?!async\b)[^\0]*"
REFUSAL = (
    b"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '0A000', "
    b"MESSAGE = 'unsupported mode. please use CREATE INDEX ASYNC.'; END $$"
)
SSL_REQUEST = struct.pack("!II", 8, 80877103)


def exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def from_client(client, server):
    start = exactly(client, 4)
    server.sendall(start + exactly(client, struct.unpack("!I", start)[0] - 4))
    while True:
        kind = exactly(client, 1)
        body = exactly(client, struct.unpack("!I", exactly(client, 4))[0] - 4)
        if kind in b"QP":
            # The refusal names what is let through otherwise.
            body, refused = re.subn(PLAIN_INDEX, REFUSAL, body)
            if not refused:
                body = re.sub(rb"(?i)\bindex\s+async\b", b"INDEX", body)
        server.sendall(kind + struct.pack("!I", len(body) + 4) + body)


def from_server(server, client):
    while data := server.recv(65536):
        client.sendall(data)


def quietly(carry, source, target):
    try:
        carry(source, target)
    except (OSError, EOFError):
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(plain, context, path):
    try:
        # The cancel request of a client comes without TLS.
        first = exactly(plain, 8)
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        if first != SSL_REQUEST:
            server.sendall(first + exactly(plain, struct.unpack("!I", first[:4])[0] - 8))
            server.close()
            plain.close()
            return
        plain.sendall(b"S")
        client = context.wrap_socket(plain, server_side=True)
    except (OSError, EOFError):
        plain.close()
        return
    threading.Thread(target=quietly, args=(from_server, server, client), daemon=True).start()
    quietly(from_client, client, server)


def main():
    path, certificate, key = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, context, path), daemon=True).start()


main()
