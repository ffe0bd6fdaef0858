"""What the stand-in refuses, in the words of Microsoft Graph."""

from collections.abc import Mapping


class GraphError(Exception):
    """A request that Graph answers with *status* and an error body."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad_request(message: str, code: str = "invalidRequest") -> GraphError:
    return GraphError(400, code, message)


def not_found(message: str, code: str = "itemNotFound") -> GraphError:
    return GraphError(404, code, message)
