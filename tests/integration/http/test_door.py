"""Where people sign in themselves is found by who stands on the roster, as soon as there is one."""

from pathlib import Path

from services.workflow.adapters.files import scheme_file
from tests.integration.http.forms import Browser
from tests.integration.http.service import Service
from tests.texts import publish_schemes

ASSEMBLY = scheme_file.load(Path(__file__).with_name("assembly.txt").read_text(), "assembly.txt")
PASSWORD = "correct horse 8 battery"
CHAIR, GUEST, NOBODY = "c-h1.sec", "c-h1-a.sec", "c-h1-b.sec"


def called(service: Service) -> str:
    """Open a round in which people gather; return the case of one unit."""
    publish_schemes(service.parts.publishing, ASSEMBLY)
    body = {"scheme": ASSEMBLY.id, "unit": "c", "round": "2019"}
    cycle = service.call("POST", "/v1/cycles", body, person="c.off").json["id"]
    found = service.get(f"/v1/cases?cycle={cycle}&kind=assembly&unit=c-h1", CHAIR)
    (case,) = found.json["items"]
    return str(case["id"])


def list_guest(service: Service, case: str) -> None:
    guests = [{"capacity": "guests", "person": GUEST}]
    listed = {"trigger": "list", "data": {"rosters": {"hall": {"rows": guests}}}}
    answer = service.call("POST", f"/v1/cases/{case}/transitions", listed, person=CHAIR)
    assert answer.status_code == 201


def signed_in(service: Service, person: str) -> Browser:
    accounts = service.parts.accounts
    accounts.accept_invitation(accounts.invite(person), PASSWORD)
    return Browser(service.app).sign_in(person, PASSWORD)


def test_the_door_is_there_once_somebody_stands_on_the_roster_and_for_them_alone(service: Service):
    door = f"/cases/{called(service)}/door"
    guest, nobody = signed_in(service, GUEST), signed_in(service, NOBODY)
    assert [one.open(door).status_code for one in (guest, nobody)] == [404, 404]
    list_guest(service, door.split("/")[2])
    assert [one.open(door).status_code for one in (guest, nobody)] == [200, 404]
