"""Real servers for tests, figures and `make stack`: started here, and gone when the caller is.

The one idea: every server is a child process with a parent-death signal and a directory of its
own, so that nothing outlives whoever started it, not even after a kill -9.
"""

from deploy.servers.kafka import Guard, KafkaCluster
from deploy.servers.ports import free_port, free_ports
from deploy.servers.postgres import PostgresServer
from deploy.servers.processes import CouldNotStart
from deploy.servers.smtp import Mail, SmtpSink

__all__ = [
    "CouldNotStart",
    "Guard",
    "KafkaCluster",
    "Mail",
    "PostgresServer",
    "SmtpSink",
    "free_port",
    "free_ports",
]
