"""Settings are checked before anything starts, every fault by the name of its setting."""

import pytest

from services.workflow.settings import SettingsRefused, read_settings


def test_operators_ask_on_loopback_unless_told_otherwise():
    settings = read_settings({})
    assert settings.metrics_bind == ("127.0.0.1", 8090)
    assert settings.sequencer_bind == ("127.0.0.1", 8082)
    assert settings.relay_bind == ("127.0.0.1", 8083)
    assert read_settings({"SHUPING_METRICS_BIND": "[::]:9000"}).metrics_bind == ("::", 9000)


@pytest.mark.parametrize("name", ["METRICS_BIND", "SEQUENCER_BIND", "RELAY_BIND"])
def test_an_address_that_is_none_is_refused(name: str):
    with pytest.raises(SettingsRefused) as refused:
        read_settings({f"SHUPING_{name}": "8090"})
    assert refused.value.faults == [f"SHUPING_{name}='8090': expected host:port"]
