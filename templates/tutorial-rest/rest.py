"""A REST interface to one schema of PostgreSQL: GET /TABLE answers with the rows of the table."""

import os
import socket
from contextlib import closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
from psycopg2 import errors, sql


def rows(table: str) -> str:
    """Return all rows of a table as JSON, read with the rights of the role for the web."""
    role = sql.SQL("set role {}").format(sql.Identifier(os.environ["WEB_ROLE"]))
    query = sql.SQL("select coalesce(json_agg(row), '[]')::text from {} as row").format(
        sql.Identifier(os.environ["SCHEMA"], table)
    )
    with closing(psycopg2.connect(os.environ["DATABASE"])) as connection:
        with connection.cursor() as cursor:
            cursor.execute(role)
            cursor.execute(query)
            return cursor.fetchone()[0]


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        """Answer with the rows of the table that the path names."""
        try:
            body = rows(self.path.strip("/")).encode()
        except errors.UndefinedTable as error:
            self.send_error(HTTPStatus.NOT_FOUND, explain=str(error))
        except errors.InsufficientPrivilege as error:
            self.send_error(HTTPStatus.UNAUTHORIZED, explain=str(error))
        else:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Listens for IPv6, and with that for IPv4, too."""

    address_family = socket.AF_INET6


Server(("::", int(os.environ["PORT"])), Handler).serve_forever()
