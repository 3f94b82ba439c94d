# SPDX-License-Identifier: Apache-2.0
"""What a token meets, on the loopback and with real TLS: an API server of one cluster, and STS."""
import contextlib
import http.server
import json
import socket
import ssl
import subprocess
import threading

from token_check import check_token, check_url, session

ACCOUNT = "123456789012"
RESOURCES = {
    "/version": {"major": "1", "minor": "37", "gitVersion": "v1.37.0-loopback"},
    "/x": {"x": "answered"},
}


class Certificate:
    """Self-signed, and so its own authority; for 127.0.0.1 and `hosts`."""

    def __init__(self, folder, hosts=()):
        self.file, self.key = folder / "server.pem", folder / "server.key"
        names = ",".join(["IP:127.0.0.1", *(f"DNS:{host}" for host in hosts)])
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "1", "-subj", "/CN=loopback", "-addext", f"subjectAltName={names}",
             "-keyout", self.key, "-out", self.file],
            check=True, capture_output=True)


def api_server(certificate, region, cluster_id):
    """Answers RESOURCES to those whose bearer token is good for the cluster. Gives its address."""

    def answer(request):
        path, headers = request.path, request.headers
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        try:
            if scheme != "Bearer":
                raise ValueError("no bearer token")
            check_token(token, region, cluster_id)
        except ValueError as refused:
            return failure(401, f"Unauthorized: {refused}")
        resource = path.partition("?")[0]
        return (200, RESOURCES[resource]) if resource in RESOURCES else failure(404, "NotFound")

    return serve(certificate, answer)


def failure(code, message):
    return code, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
                  "reason": message.partition(":")[0], "message": message}


def sts(certificate):
    """Answers GetCallerIdentity in JSON, for any region. Gives its address."""

    def answer(request):
        path, headers = request.path, request.headers
        host = headers["Host"]
        region = host.split(".")[1]
        try:
            check_url(f"https://{host}{path}", region, headers["x-k8s-aws-id"])
        except ValueError as refused:
            return 403, {"Error": {"Code": "SignatureDoesNotMatch", "Message": str(refused), "Type": "Sender"}}
        arn = f"arn:{session().get_partition_for_region(region)}:iam::{ACCOUNT}:user/example"
        return 200, {"GetCallerIdentityResponse": {
            "GetCallerIdentityResult": {"Account": ACCOUNT, "Arn": arn, "UserId": "AIDAEXAMPLE"},
            "ResponseMetadata": {"RequestId": "loopback"}}}

    return serve(certificate, answer)


class Request:
    def __init__(self, handler):
        self.method, self.path, self.headers = handler.command, handler.path, handler.headers
        self.connection = handler.client_address  # of each connection another
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


@contextlib.contextmanager
def serve(certificate, answer, keeps_connections=True):
    """Runs `answer` for each request: its status, and a document for JSON or bytes as they are. Without a certificate, plain HTTP."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            status, content = answer(Request(self))
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml" if body.startswith(b"<") else "application/json")
            self.send_header("Content-Length", str(len(body)))
            if not keeps_connections:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET

        def log_message(self, *_):
            """The request line of STS holds a token."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_):
            """A client that doesn't trust the certificate ends the connection; that is its affair."""

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.file, certificate.key)
        # The handshake is left to the connection's thread, so that one client can't hold up the next.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with running(server) as address:
        yield address


@contextlib.contextmanager
def running(server):
    """Gives the address of a socketserver, while it runs."""
    # The default interval would add half a second to each stop.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield "{}:{}".format(*server.server_address[:2])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def connect_proxy(answer):
    """Runs `answer` for the lines of each CONNECT: the status that refuses it, or the place (`host:port`) to tunnel it to.

    Gives its address.
    """

    def pump(source, target):
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)

    def tunnel(client):
        head = b""
        while b"\r\n\r\n" not in head and (block := client.recv(4096)):
            head += block
        place = answer(head.decode().split("\r\n"))
        if isinstance(place, int):
            with client:
                return client.sendall(f"HTTP/1.1 {place} Refused\r\nContent-Length: 0\r\n\r\n".encode())
        host, _, port = place.partition(":")
        with client, socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client))
            back.start()
            pump(client, server)
            back.join()

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=tunnel, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield "127.0.0.1:{}".format(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
