"""How products are named."""

import pytest

from snakewebb.run.naming import product_name, root_of


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("final_result_trapsfilled.fits", "final_result"),
        ("a/jw00017001001_01101_00001_nrca1_uncal.fits", "jw00017001001_01101_00001_nrca1"),
        ("jw1_nrca1_rateints.fits", "jw1_nrca1"),
        ("jw1_nrca1_dark_current.fits", "jw1_nrca1"),
        ("jw1_nrca1_uncal.fits.gz", "jw1_nrca1"),
        ("my.favourite.fits", "my.favourite"),
        ("detector_1_final_result", "detector_1_final_result"),
        ("_rate.fits", "_rate"),
    ],
)
def test_the_root_is_the_name_without_extension_and_known_suffix(name, root):
    assert root_of(name) == root


@pytest.mark.parametrize("extension", ["asdf", ".asdf"])
def test_a_product_is_named_root_suffix_extension(extension):
    assert product_name("jw1", "rate", extension) == "jw1_rate.asdf"
