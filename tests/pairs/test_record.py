"""The sample's record: what was given comes back, other people's keys stay, another type or format is refused."""

import pytest

from core.errors import InputError
from pairs.record import FORMAT, FaceMean, SampleInfo

PERSON = {"skin": {"monk": 6.5}, "hair": {"style": "bob"}, "clothing": {"kind": "shirt"}, "eyes": {"colour": "blue"}}


def test_there_and_back_and_only_what_was_given():
    info = SampleInfo(key="a", frames=2, face_box=((1, 2, 3, 4), None), face_mean=FaceMean(source=None, target=3.5))
    data = info.to_json()
    assert set(data) == {"format", "key", "frames", "face_box", "face_mean"} and data["format"] == FORMAT
    assert data["face_mean"] == {"source": None, "target": 3.5}
    assert SampleInfo.from_json(data) == info.model_copy(update={"format": FORMAT})


def test_where_the_values_stand():
    info = SampleInfo.from_json({"scene": {"person": PERSON}, "lighting": {"key_fill_ratio": 2, "hdri": "loft"}})
    assert (info.skin_tone, info.key_fill_ratio, info.room) == (6.5, 2.0, "loft")
    assert (info.hair_style, info.garment, info.eye_color) == ("bob", "shirt", "blue")


@pytest.mark.parametrize("data", [{}, {"scene": {"person": None}}, {"scene": {"person": {"skin": {"monk": True}}}}])
def test_a_sample_that_does_not_say(data):
    info = SampleInfo.from_json(data)
    assert info.skin_tone is None and info.key_fill_ratio is None and info.room is None and info.garment is None


def test_other_peoples_keys_and_older_records_are_read():
    info = SampleInfo.from_json({"key": "a", "take": 3, "device": "a machine"})
    assert info.device == ("a machine",) and info.to_json()["take"] == 3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"fps": "30"}, "a: json: fps: expected a valid number, got text '30'"),
        ({"format": "keyfill-sample-9"}, "a: json: format is 'keyfill-sample-9', expected 'keyfill-sample-2'"),
        ([], "a: json: "),
    ],
)
def test_another_type_or_format_is_refused_in_one_line(data, said):
    with pytest.raises(InputError) as caught:
        SampleInfo.from_json(data, "a")
    assert str(caught.value).startswith(said) and "\n" not in str(caught.value)
