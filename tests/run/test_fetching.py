"""Reference files are fetched whole and right, or not at all."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from snakewebb.errors import ReferenceFileError
from snakewebb.run.fetching import fetch

NAME = "jwst_nircam_gain_0099.fits"
CONTENT = b"gain" * 1000


class Server(BaseHTTPRequestHandler):
    """Answers as the server of CRDS does: questions in JSON, files as they are."""

    def do_POST(self):
        """Answer a question: what is known of some files, or where files are."""
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        base = f"http://localhost:{self.server.server_port}/files"
        if question["method"] == "get_file_info_map":
            answer = dict.fromkeys(question["params"][1], self.server.known)
        else:
            answer = {"reference_url": {"jwst": base}, "download_metadata": {}}
        self.reply(json.dumps({"error": None, "result": answer}).encode())

    def do_GET(self):
        """Send the content of a file."""
        self.server.sent.append(self.path)
        self.reply(self.server.content)

    def reply(self, content):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        """Say nothing."""


@pytest.fixture
def server(monkeypatch, tmp_path):
    with ThreadingHTTPServer(("localhost", 0), Server) as running:
        running.known = {"size": len(CONTENT), "sha1sum": hashlib.sha1(CONTENT).hexdigest()}
        running.content, running.sent = CONTENT, []
        threading.Thread(target=running.serve_forever, daemon=True).start()
        monkeypatch.setenv("CRDS_SERVER_URL", f"http://localhost:{running.server_port}")
        monkeypatch.setenv("CRDS_PATH", str(tmp_path))
        from crds.client import api
        from crds.core import utils

        usual = api.get_crds_server()
        utils.clear_function_caches()
        yield running
        running.shutdown()
        api.set_crds_server(usual)
        utils.clear_function_caches()


def test_a_file_comes_as_the_server_has_it(server, tmp_path):
    path = tmp_path / "references" / "jwst" / "nircam" / NAME

    fetch(path)

    assert path.read_bytes() == CONTENT
    assert server.sent == [f"/files/{NAME}"]


@pytest.mark.parametrize(
    ("content", "said"), [(CONTENT[:-1], "3999 bytes instead of 4000"), (b"x" * 4000, "damaged")]
)
def test_a_file_that_came_cut_short_or_damaged_is_refused(server, tmp_path, content, said):
    server.content = content

    with pytest.raises(ReferenceFileError, match=said):
        fetch(tmp_path / NAME)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_the_server_does_not_know_is_named(server, tmp_path):
    server.known = "NOT FOUND"

    with pytest.raises(ReferenceFileError, match=f"does not know {NAME}"):
        fetch(tmp_path / NAME)


def test_a_server_that_is_silent_is_named(monkeypatch, tmp_path, server):
    monkeypatch.setenv("CRDS_SERVER_URL", "http://localhost:9")

    with pytest.raises(ReferenceFileError, match=r"http://localhost:9, tells nothing of"):
        fetch(tmp_path / NAME)


def test_without_a_server_the_error_says_what_to_set(monkeypatch, tmp_path):
    monkeypatch.delenv("CRDS_SERVER_URL", raising=False)
    monkeypatch.setenv("CRDS_PATH", str(tmp_path))

    with pytest.raises(ReferenceFileError, match="CRDS_SERVER_URL is not set"):
        fetch(tmp_path / NAME)
