"""Coroutines of tests, run on a loop of their own."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what *coroutine* returns; it runs in a thread of its own.

    Whoever drives a browser keeps a loop running in the thread of the tests until the last of them
    has ended: there `asyncio.run` is refused, and only in a run that happened to open a browser.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
