"""A REST front end of a table of PostgreSQL: /roles and /roles/NAME, for gunicorn."""

import json
import os
from collections.abc import Callable, Iterable
from http import HTTPStatus

import psycopg2
from psycopg2 import errors

Answer = tuple[HTTPStatus, object]


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """Answer a request."""
    status, body = answer(environ)
    text = b"" if status == HTTPStatus.NO_CONTENT else json.dumps(body).encode() + b"\n"
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [text]


def answer(environ: dict) -> Answer:
    """Return the status and the body for a request, whatever goes wrong."""
    try:
        # A connection for each request: a database that was restarted is found again.
        connection = psycopg2.connect(os.environ["DATABASE"])
    except psycopg2.OperationalError as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)}
    try:
        with connection, connection.cursor() as cursor:
            return _handle(cursor, environ)
    except errors.UniqueViolation as error:
        return HTTPStatus.CONFLICT, {"error": str(error)}
    except (errors.IntegrityError, errors.DataError, ValueError, KeyError, TypeError) as error:
        return HTTPStatus.BAD_REQUEST, {"error": str(error)}
    except psycopg2.Error as error:
        return HTTPStatus.INTERNAL_SERVER_ERROR, {"error": str(error)}
    finally:
        connection.close()


def _handle(cursor: psycopg2.extensions.cursor, environ: dict) -> Answer:
    path = environ["PATH_INFO"].encode("latin-1").decode()  # WSGI has bytes in text
    place, _, name = path.strip("/").partition("/")
    if place != "roles":
        return HTTPStatus.NOT_FOUND, {"error": "there are /roles and /roles/NAME"}
    match environ["REQUEST_METHOD"], bool(name):
        case "GET", False:
            cursor.execute("select name, lines from roles order by name")
            return HTTPStatus.OK, dict(cursor.fetchall())
        case "GET", True:
            cursor.execute("select name, lines from roles where name = %s", [name])
            return _one(cursor, name)
        case "POST", False:
            role = json.loads(environ["wsgi.input"].read())
            values = [role["name"], role["lines"]]
            cursor.execute("insert into roles values (%s, %s)", values)
            return HTTPStatus.CREATED, role
        case "DELETE", True:
            cursor.execute("delete from roles where name = %s returning name, lines", [name])
            return _one(cursor, name)
    return HTTPStatus.METHOD_NOT_ALLOWED, {"error": environ["REQUEST_METHOD"]}


def _one(cursor: psycopg2.extensions.cursor, name: str) -> Answer:
    row = cursor.fetchone()
    if row is None:
        return HTTPStatus.NOT_FOUND, {"error": f"no role {name}"}
    return HTTPStatus.OK, dict(zip(("name", "lines"), row, strict=True))
