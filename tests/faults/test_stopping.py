"""SIGTERM: every request that was taken in is answered, and within ten seconds every process is gone."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from api.db import Database
from tests.conftest import DRAFT
from tests.faults.processes import GRACE, Processes, one_engine

HEAD = b"POST /v1/initiatives HTTP/1.1\r\nHost: catalogue.example\r\nContent-Type: application/json\r\n"
UNTIL_READ = 0.5  # seconds, for what was sent to be taken in


@one_engine
@pytest.mark.parametrize("workers", [1, 2])
def test_clients_that_stay_connected_do_not_hold_the_service(processes: Processes) -> None:
    with processes.client() as idle, socket.create_connection(("127.0.0.1", processes.port)) as begun:
        assert idle.get("/status").status_code == 200
        begun.sendall(HEAD)
        time.sleep(UNTIL_READ)
        assert processes.stop() < GRACE


@one_engine
def test_a_client_that_never_sends_the_rest_of_its_body_does_not_hold_the_service(processes: Processes) -> None:
    with socket.create_connection(("127.0.0.1", processes.port)) as client:
        client.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"title": ')
        time.sleep(UNTIL_READ)
        assert processes.stop() < GRACE


@pytest.mark.parametrize("workers", [2])
def test_a_submission_that_waits_for_the_database_is_still_acknowledged(
    processes: Processes, database: Database
) -> None:
    with processes.client() as client, ThreadPoolExecutor(2) as pool:
        with database.write() as session:  # on SQLite, this alone makes others wait
            if not database.is_sqlite:
                session.execute(text("LOCK TABLE submission IN EXCLUSIVE MODE"))
            answer = pool.submit(client.post, "/initiatives", json=DRAFT)
            time.sleep(UNTIL_READ)
            seconds = pool.submit(processes.stop)
            time.sleep(2)
            assert not answer.done()
            assert not seconds.done()
        assert answer.result().status_code == 201
        assert seconds.result() < GRACE
