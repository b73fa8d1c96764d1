"""Where what is compared is kept."""

from tests.parity.making import products_folder


def test_exposures_of_one_name_with_other_headers_share_no_products(tmp_path):
    raw = tmp_path / "raw"
    exposures = [
        raw / "jw_uncal.fits",
        raw / "one" / "jw_uncal.fits",
        raw / "two" / "jw_uncal.fits",
    ]

    assert len({products_folder("Step", each, {}, tmp_path) for each in exposures}) == 3
