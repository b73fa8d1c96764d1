"""A server of CRDS on this machine, for the tests: it gives away the files of a cache."""

import hashlib
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class Server(ThreadingHTTPServer):
    """Answers what the crds package asks.

    Parameters
    ----------
    cache : Path
        The cache whose files it gives away.
    context : str
        The operational context.

    Attributes
    ----------
    asked : list of str
        The names of the files that were fetched, in order.
    spoilt : set of str
        Names of files of which one byte is wrong on the way.
    cut : set of str
        Names of files whose last byte does not arrive.
    """

    def __init__(self, cache, context):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = context
        self.files = {path.name: path for path in Path(cache).rglob("jwst_*.*")}
        self.asked, self.spoilt, self.cut = [], set(), set()

    @property
    def url(self):
        """Where it is."""
        return f"http://localhost:{self.server_port}"

    def answer(self, method, params):
        """Return the result of a remote procedure."""
        if method == "get_server_info":
            return {
                "observatory": "jwst",
                "operational_context": self.context,
                "edit_context": self.context,
                "bad_files_list": [],
                "bad_files": "",
                "force_remote_mode": 0,
                "last_synced": "2024-01-01 00:00:00",
                "reference_url": {"jwst": f"{self.url}/files/"},
                "mapping_url": {"jwst": f"{self.url}/files/"},
                "download_metadata": {
                    name: {
                        "size": str(path.stat().st_size),
                        "sha1sum": hashlib.sha1(path.read_bytes()).hexdigest(),
                    }
                    for name, path in self.files.items()
                },
            }
        if method == "get_default_context":
            return self.context
        if method == "get_mapping_names":
            return [name for name in self.files if name.endswith("map")]
        raise KeyError(method)

    def content(self, name):
        """Return the bytes of a file as they arrive."""
        self.asked.append(name)
        content = bytearray(self.files[name].read_bytes())
        if name in self.spoilt:
            content[-1] ^= 1
        return bytes(content[:-1] if name in self.cut else content)


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the server."""

    def do_POST(self):
        """Answer a remote procedure call."""
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            said = {"error": None, "result": self.server.answer(call["method"], call["params"])}
        except KeyError as fault:
            said = {"error": {"message": f"no such method: {fault}"}, "result": None}
        self.reply(json.dumps(said).encode())

    def do_GET(self):
        """Give a file away."""
        self.reply(self.server.content(self.path.rpartition("/")[2]))

    def reply(self, content):
        """Send bytes."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def serving(cache, context):
    """Give a running server of a cache."""
    with Server(cache, context) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
