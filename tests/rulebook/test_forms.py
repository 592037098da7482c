"""Forms made from inputs: several files in one control, codes with commas between them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict

from rulebook.actions import Action
from rulebook.forms import form_for, inputs_of
from rulebook.inputs import Codes, Input, Uploads
from rulebook.samples import sample


def form_of(spec: Input) -> Any:
    act = Action("seller.show", "seller", None, "answer_buyers", {"shown": spec}, (), lambda docket: None, label="Show")
    return form_for(act)


def sent(spec: Input, *names: str) -> Any:
    return form_of(spec)({}, MultiValueDict({"shown": [sample(name) for name in names]}))


def test_several_files_come_in_one_control_without_any_script() -> None:
    form = sent(Uploads(default=None), "one.jpg", "two.jpg")

    assert form.is_valid()
    assert [file.name for file in inputs_of(form)["shown"]] == ["one.jpg", "two.jpg"]
    assert " multiple" in str(form["shown"])
    assert form.is_multipart()


def test_no_file_is_left_out_where_none_is_needed_and_asked_for_where_one_is() -> None:
    assert inputs_of(_valid(sent(Uploads(default=None)))) == {}
    assert not sent(Uploads()).is_valid()


def test_more_files_than_are_taken_are_told_beside_the_field() -> None:
    form = sent(Uploads(most=1, default=None), "one.jpg", "two.jpg")

    assert not form.is_valid()
    assert form.errors["shown"] == ["Send 1 files at most; these are 2."]


@pytest.mark.parametrize("typed", ["DE, FR", "de fr", "DE;FR"])
def test_codes_are_typed_with_commas(typed: str) -> None:
    form = _valid(form_of(Codes())({"shown": typed}))

    assert Codes().clean(inputs_of(form)["shown"]) == ["DE", "FR"]
    assert 'value="DE, FR"' in str(form_of(Codes())(initial={"shown": ["DE", "FR"]})["shown"])


def _valid(form: Any) -> Any:
    assert form.is_valid(), form.errors
    return form
