"""Digests by which the workflow sees what has changed."""

import os

import pytest

from snakewebb.run import digest
from snakewebb.run.digest import digest_of, digest_of_sources, imported, source_digest


def test_the_digest_of_a_file_is_that_of_its_content_not_its_date(tmp_path):
    path = tmp_path / "reference.fits"
    path.write_bytes(b"one")
    before = digest_of(str(path))

    os.utime(path, (1, 1))
    assert digest_of(str(path)) == before

    path.write_bytes(b"two")
    assert digest_of(str(path)) != before


def test_a_step_depends_on_the_kernels_that_its_source_imports():
    text = "from snakewebb.kernels import dq, jump\nfrom snakewebb.steps.declaration import Step\n"

    assert imported(text) == {
        "snakewebb.kernels.dq",
        "snakewebb.kernels.jump",
        "snakewebb.steps.declaration",
    }


def test_steps_with_other_sources_have_other_digests():
    assert source_digest("superbias") != source_digest("jump")


@pytest.mark.parametrize("module", ["pieces", "facts", "diagrams", "quicklook", "sheet", "page"])
def test_a_page_depends_on_every_module_that_draws_it(module, monkeypatch):
    def digest_of_page():
        return digest_of_sources("snakewebb.report.pieces", layers=("snakewebb.report",))

    before, read = digest_of_page(), digest.source_of
    assert digest_of_page() == before

    edited = f"snakewebb.report.{module}"
    monkeypatch.setattr(digest, "source_of", lambda name: read(name) + "#" * (name == edited))
    assert digest_of_page() != before


def test_every_step_depends_on_how_images_of_references_are_read(monkeypatch):
    before = source_digest.__wrapped__("group_scale")
    read = digest.source_of

    def edited(module):
        return read(module) + ("# edited" if module.endswith("reference_images") else "")

    monkeypatch.setattr(digest, "source_of", edited)
    assert source_digest.__wrapped__("group_scale") != before
