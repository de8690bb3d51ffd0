"""The relay as a process: ends by SIGTERM or SIGINT, or at once if it could become two writers."""

import logging
import os
import signal
import threading

import structlog

from services.workflow.adapters.kafka.continuity import TopicLost
from services.workflow.adapters.kafka.producer import SenderStillAlive
from services.workflow.adapters.kafka.relay import Relay
from services.workflow.adapters.kafka.topic import TopicDiffers

_logger = structlog.get_logger(__name__)

TWO_WRITERS = 70  # exit status; the supervisor starts the process anew


def run_as_process(relay: Relay) -> int:
    """Run *relay* in the main thread until a signal; return the exit status."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        relay.run(stop)
    except TopicDiffers as error:
        _logger.critical("topic_differs", error=str(error))
        return 1
    except TopicLost as error:
        _logger.critical("topic_lost", error=str(error))
        return 1
    except SenderStillAlive:
        _logger.critical("old_sender_still_alive")
        logging.shutdown()
        # A normal exit would let the old producer flush: the second writer this is about.
        os._exit(TWO_WRITERS)
    return 0
