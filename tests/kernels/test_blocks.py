"""Blocks of image rows."""

from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.blocks import row_blocks


@given(ny=st.integers(0, 50), nx=st.integers(0, 50), pixels=st.integers(1, 300))
def test_blocks_cover_each_row_once_and_in_order(ny, nx, pixels):
    rows = [row for block in row_blocks(ny, nx, pixels=pixels) for row in range(ny)[block]]
    assert rows == list(range(ny))


@given(ny=st.integers(1, 50), nx=st.integers(1, 50), pixels=st.integers(1, 300))
def test_a_block_is_one_row_or_has_no_more_pixels_than_asked(ny, nx, pixels):
    heights = [len(range(ny)[block]) for block in row_blocks(ny, nx, pixels=pixels)]
    assert all(height == 1 or height * nx <= pixels for height in heights)
