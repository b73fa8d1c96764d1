"""A server on this machine that answers as that of CRDS does."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answers(BaseHTTPRequestHandler):
    """Knows the files of a folder by name."""

    def do_POST(self):
        """Answer a question: what is known of some files, or where files are."""
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if question["method"] == "get_file_info_map":
            answer = {name: self.server.known(name) for name in question["params"][1]}
        else:
            answer = {"reference_url": {"jwst": self.server.address}, "download_metadata": {}}
        self.reply(json.dumps({"error": None, "result": answer}).encode())

    def do_GET(self):
        """Send the content of a file, with the fault that a test asks for."""
        name = self.path.rpartition("/")[2]
        self.server.sent.append(name)
        self.reply(self.server.fault((self.server.folder / name).read_bytes()))

    def reply(self, content):
        """Send an answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Serves the files of a folder; `sent` holds the names of those that were asked for."""

    def __init__(self, folder):
        super().__init__(("localhost", 0), Answers)
        self.folder = folder
        self.sent = []
        self.fault = bytes  # a copy, unchanged

    @property
    def address(self):
        """Where files are."""
        return f"http://localhost:{self.server_port}"

    def known(self, name):
        """Return what is known of a file."""
        path = self.folder / name
        if not path.is_file():
            return "NOT FOUND"
        content = path.read_bytes()
        return {"size": str(len(content)), "sha1sum": hashlib.sha1(content).hexdigest()}


@contextmanager
def serving(folder):
    """Give a server of the files of a folder, while it is needed."""
    with Server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
