"""The one exception with which an action says no."""


class DomainError(Exception):
    """`message` is an Indonesian sentence for people, `code` is for machines, `status` is the HTTP answer."""

    def __init__(self, message: str, *, code: str, status: int = 422) -> None:
        super().__init__(message)
        self.message, self.code, self.status = message, code, status
