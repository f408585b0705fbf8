"""The clock is read in one place and can be set for a story."""

from datetime import UTC, datetime

import builders
import pytest

from kinerjaku import clock


def test_now_is_aware_and_in_wib():
    assert clock.now().utcoffset().total_seconds() == 7 * 3600


def test_inside_a_fixed_moment_it_is_always_that_moment():
    with clock.fixed(builders.at("2026-04-10 09:00")):
        assert clock.now() == datetime(2026, 4, 10, 2, 0, tzinfo=UTC)


def test_after_a_fixed_moment_time_goes_on():
    with clock.fixed(builders.at("2021-01-04 08:00")):
        pass
    assert clock.now().year > 2021


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"), clock.fixed(datetime(2026, 4, 10)):  # noqa: DTZ001
        pass
