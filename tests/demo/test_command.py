"""The command line of the simulator."""

import pytest
import yaml

from snakewebb.demo import PROGRAMMES, SERVED
from snakewebb.demo.__main__ import main


def test_it_writes_exposures_a_cache_and_a_configuration_and_says_how_to_use_them(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(PROGRAMMES, "small", PROGRAMMES["small"][-1:])
    monkeypatch.setitem(SERVED, "small", PROGRAMMES["small"])

    main([str(tmp_path), "--exposures", "small", "--jobs", "1"])

    printed = capsys.readouterr().out
    assert [p.name for p in tmp_path.glob("*.fits")] == ["jw09000002001_02101_00001_nis_uncal.fits"]
    assert (tmp_path / "crds" / "mappings" / "jwst" / "jwst_0001.pmap").exists()
    assert yaml.safe_load((tmp_path / "config.yaml").read_text()) == {
        "exposures": [str(tmp_path / "jw09000002001_02101_00001_nis_uncal.fits")],
        "results": str(tmp_path / "results"),
        "granularity": "stage",
        "crds": {
            "path": str(tmp_path / "crds"),
            "context": "jwst_0001.pmap",
            "server_url": "https://crds.invalid",
        },
    }
    assert "jw09000002001_02101_00001_nis_uncal.fits" in printed
    assert f"export CRDS_PATH={tmp_path / 'crds'}" in printed
    assert "export CRDS_CONTEXT=jwst_0001.pmap" in printed


def test_an_unknown_programme_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--exposures", "huge"])

    assert "invalid choice: 'huge'" in capsys.readouterr().err
