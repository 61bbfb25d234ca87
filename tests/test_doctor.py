"""`panic3d doctor` says what is there."""

from click.testing import CliRunner

from panic3d.doctor import doctor


def test_doctor_names_what_this_machine_has() -> None:
    result = CliRunner().invoke(doctor, catch_exceptions=False)
    assert result.exit_code == 0
    for word in ("machine", "libraries", "packages", "blender", "torch", "weights", "disk"):
        assert f"\n{word}" in "\n" + result.output, word
