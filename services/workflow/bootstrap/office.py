"""What reads and writes files of office suites, loaded when it is first asked for.

Its libraries are a tenth of what a command loads, and few commands read such a file.
"""

from services.workflow.application.papers import Layout
from services.workflow.application.workbooks import Office


def workbook() -> Office:
    """Return what reads and writes workbooks."""
    from services.workflow.adapters.office import workbook  # noqa: PLC0415 - see above

    return workbook


def paper() -> Layout:
    """Return what sets papers."""
    from services.workflow.adapters.office import paper  # noqa: PLC0415 - see above

    return paper
