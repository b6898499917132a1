"""Times go over the wire readable, and come back the very same number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.kernel.wire_time import from_rfc3339, from_stamp, to_rfc3339, to_stamp

# Up to the year 9999, where the calendar of the format ends; nothing shorter than a nanosecond.
TIMES = st.floats(min_value=-1e9, max_value=253_402_300_799).filter(lambda time_s: time_s == 0 or abs(time_s) > 1e-9)


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (0.0, "1970-01-01T00:00:00.0Z"),
        (1_763_796_656.0, "2025-11-22T07:30:56.0Z"),
        (1_763_796_656.1234567, "2025-11-22T07:30:56.1234567Z"),
        (-0.25, "1969-12-31T23:59:59.75Z"),
        (1e-5, "1970-01-01T00:00:00.00001Z"),
    ],
)
def test_a_time_is_written_in_utc_with_as_many_decimals_as_it_has(time_s: float, text: str) -> None:
    assert to_rfc3339(time_s) == text


@given(TIMES)
def test_a_time_comes_back_exactly(time_s: float) -> None:
    assert from_rfc3339(to_rfc3339(time_s)) == time_s


@pytest.mark.parametrize(
    ("text", "time_s"),
    [
        ("2025-11-22T07:30:56Z", 1_763_796_656.0),
        ("2025-11-22t07:30:56.5z", 1_763_796_656.5),
        ("2025-11-22T16:30:56.5+09:00", 1_763_796_656.5),
        ("1969-12-31T23:59:59.75Z", -0.25),
    ],
)
def test_times_as_others_write_them_are_read(text: str, time_s: float) -> None:
    assert from_rfc3339(text) == time_s


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2025-11-22", "2025-11-22T07:30:56", "2025-13-22T07:30:56Z", "2025-11-22T07:30:56.x5Z",
     "2025-11-22T07:30:56.٣Z", "Z"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_rfc3339(text)


def test_the_bookstores_timestamp_cuts_fractions_off() -> None:
    assert to_stamp(1_763_796_656.999) == "20251122073056"
    assert from_stamp("20251122073056") == 1_763_796_656.0


@given(TIMES)
def test_a_timestamp_is_the_time_to_the_second(time_s: float) -> None:
    assert from_stamp(to_stamp(time_s)) == time_s // 1


@pytest.mark.parametrize(
    "text", ["", "2025112207305", "202511220730560", "2025112207305x", "20251322073056", "٢٠٢٥١١٢٢٠٧٣٠٥٦"]
)
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_stamp(text)
