"""What a person sees of a run: the report in a browser, and the bar in a terminal."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from .conftest import Starter

ROOTS = ["jw09000001001_02105_00001_nrcalong", "jw09000002001_02101_00001_nis"]
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "headless",
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "window-size=1600,1000",
)


@pytest.fixture(scope="module")
def report(small_run, tmp_path_factory):
    """The report of a small run, in one file, made by the commands of a user."""
    start = Starter(
        tmp_path_factory.mktemp("report"),
        exposures=[str(small_run / f"{root}_uncal.fits") for root in ROOTS],
        granularity="stage",
        quicklook=True,
        steps={"jump": {"rejection_threshold": 5.5}},
    )
    for arguments in ((), ("--report", "report.html")):
        done = start(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    return start.folder / "report.html"


@pytest.fixture
def browser(tmp_path):
    """A browser without a window, that knows nothing of earlier ones."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if not (BROWSER and DRIVER):
        pytest.skip("chromium or chromedriver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"user-data-dir={tmp_path / 'browser'}"):
        options.add_argument(f"--{flag}")
    opened = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    opened.implicitly_wait(5)
    yield opened
    opened.quit()


def click(browser, text):
    """Click on a line of the menu."""
    browser.find_element(
        "xpath", f"//nav//*[normalize-space(text())='{text}'] | //a[.='{text}']"
    ).click()


def look_at(browser, text):
    """Click on the eye beside an entry, and go into the page that opens."""
    browser.find_element("xpath", f"//tr[td[contains(., '{text}')]]//a").click()
    browser.switch_to.frame(browser.find_element("tag name", "iframe"))


def test_a_browser_shows_the_pictures_of_an_exposure_and_the_table_of_all(report, browser):
    shots = Path(os.environ.get("SNAKEWEBB_SCREENSHOTS", report.parent))
    browser.get(report.as_uri())

    click(browser, "All exposures")
    look_at(browser, "table of all")
    rows = browser.find_elements("css selector", "tbody tr")
    assert [row.text.split()[0] for row in rows] == ROOTS
    browser.find_element("css selector", "th").click()
    browser.find_element("css selector", "th").click()
    rows = browser.find_elements("css selector", "tbody tr")
    assert [row.text.split()[0] for row in rows] == ROOTS[::-1]
    browser.save_screenshot(shots / "overview.png")

    browser.switch_to.default_content()
    click(browser, "Results")
    click(browser, "Programme 9000")
    look_at(browser, ROOTS[0])
    images = browser.find_elements("css selector", "img")
    widths = [browser.execute_script("return arguments[0].naturalWidth", each) for each in images]
    assert len(widths) == 2
    assert min(widths) > 1000
    assert "rejection_threshold 5.5" in browser.find_element("tag name", "body").text
    browser.save_screenshot(shots / "exposure.png")


def test_a_report_holds_all_that_it_shows(report):
    assert 'src="http' not in report.read_text()


def test_the_progress_bar_hides_neither_the_fault_nor_its_log(snakemake, small_raw, tmp_path):
    pytest.importorskip("snakemake_logger_plugin_rich", reason="the plugin is not installed")
    mask = tmp_path / "flags.fits"
    fits.PrimaryHDU(np.full((3, 3), 0.5)).writeto(mask)
    steps = {"dq_init": {"user_supplied_dq": str(mask)}}

    run = snakemake(
        "--logger", "rich", exposures=[str(small_raw)], granularity="stage", steps=steps
    )

    assert run.returncode != 0
    said = run.stdout + run.stderr
    assert f"dq_init: the flags in {mask} are not whole numbers" in said
    assert "Failed detector1" in said
    assert "detector1.log" in said
