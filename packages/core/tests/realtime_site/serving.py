"""Starting the site under uvicorn, and talking to it."""

import json
import os
import secrets
import shutil
import subprocess
import time
import urllib.request
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from chowk_core.testing.forked import Python, run_python
from chowk_core.testing.ports import free_port

CORE = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds that anything may take; machines are slow at times."""


def wait_until(condition, *, patience=PATIENCE):
    """Wait for ``condition()`` to be true, and fail if it never gets so."""
    deadline = time.monotonic() + patience
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return answer


class Server:
    """A uvicorn process that serves the site, on the database of ``environment``."""

    def __init__(self, environment, log, **core):
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._environment = {**environment, "REALTIME_CORE": json.dumps(core)}
        self._start()

    def _start(self):
        self._process = Python(
            [
                *("-m", "uvicorn", "tests.realtime_site.asgi:application"),
                *("--port", str(self.port), "--ws-per-message-deflate", "false", "--log-level", "warning"),
            ],
            folder=CORE,
            environment=self._environment,
            output=self._log,
        )
        wait_until(self._answers)

    def _answers(self):
        assert self._process.poll() is None, self.log()
        try:
            return self.state() is not None
        except OSError:
            return False

    def log(self):
        return self._log.read_text()

    def run(self, code, *arguments):
        """Run Python beside the server, on its database, with its settings."""
        done = run_python(
            "-c", code, *arguments, folder=CORE, environment=self._environment, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr

    def restart(self):
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._start()

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE)

    def post(self, path, cookie="", **body):
        request = urllib.request.Request(
            f"{self.origin}/{path}/", json.dumps(body).encode(), {"Cookie": cookie}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            cookies = SimpleCookie(response.headers.get("Set-Cookie", ""))
            answer = json.load(response)
        if "sessionid" in cookies:
            answer["cookie"] = f"sessionid={cookies['sessionid'].value}"
        return answer

    def state(self):
        with urllib.request.urlopen(f"{self.origin}/state/", timeout=30) as response:
            return json.load(response)

    def say(self, stream, first=1, count=1, **more):
        self.post("say", stream=stream, first=first, count=count, **more)

    def sign_in(self, username, **more):
        return self.post("sign-in", username=username, **more)

    def client(self, path="ws/", *, cookie="", token="", headers=None, **options):
        headers = {**(headers or {}), **({"Cookie": cookie} if cookie else {})}
        protocols = ["chowk.v1", f"chowk.token.{token}"] if token else ["chowk.v1"]
        return Client(
            connect(
                f"ws://127.0.0.1:{self.port}/{path}",
                origin=self.origin,
                additional_headers=headers,
                subprotocols=protocols,
                compression=None,
                close_timeout=1,
                **options,
            )
        )


class Client:
    """A socket of a test."""

    def __init__(self, connecting):
        self._connecting = connecting
        self.socket = connecting.__enter__()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._connecting.__exit__(*exc_info)

    def close(self):
        self._connecting.__exit__(None, None, None)

    def send(self, **message):
        self.socket.send(json.dumps(message, ensure_ascii=False))

    def take(self, kind=None):
        """The next frame; with ``kind``, it must be of that type."""
        frame = json.loads(self.socket.recv(timeout=PATIENCE))
        assert kind is None or frame["type"] == kind, frame
        return frame

    def ask(self, **message):
        """Send, and take the next frame."""
        self.send(**message)
        return self.take()

    def subscribe(self, stream, **more):
        self.send(type="subscribe", stream=stream, **more)
        return self.take("subscribed")

    def numbers(self, count):
        """``seq`` of the next ``count`` frames, which must be events or skips."""
        return [self.take()["seq"] for _ in range(count)]

    def closed(self):
        """The code it is closed with; frames before are dropped."""
        try:
            while True:
                self.socket.recv(timeout=PATIENCE)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


def environment(database, **more):
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.realtime_site.settings",
        "REALTIME_DATABASE": database,
        "REALTIME_PREFIX": f"chowk-{secrets.token_hex(4)}",
        **more,
    }


class Redis:
    """A Redis server of the test's own, to be stopped and started."""

    def __init__(self, folder):
        if shutil.which("redis-server") is None:
            pytest.skip("redis-server is not installed")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda: self.command("PING").strip() == "PONG")

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE)

    def command(self, *words):
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, check=False
        )
        return done.stdout
