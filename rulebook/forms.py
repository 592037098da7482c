"""Forms of actions, made from their inputs: portal and console show the same fields with the same help and limits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from rulebook.actions import Action
from rulebook.inputs import Amount, Choice, Codes, Flag, Input, Moment, Text, Upload, Uploads, Whole
from rulebook.refusals import Invalid, NotDone


class AmountField(forms.CharField):
    """An amount in the currency that the page is about; a code typed behind it is accepted as well."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        super().__init__(**options)
        self.currency = currency
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off", "data-currency": currency})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        return text if text[-1:].isalpha() else f"{text} {self.currency}"


class FilesInput(forms.FileInput):
    """One control for several files, as browsers have it without any script."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files: a list, or None when none was chosen."""

    widget = FilesInput

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if not files:
            super().clean(None, initial)
            return None
        if len(files) > self.most:
            raise forms.ValidationError(
                _("Send {most} files at most; these are {count}.").format(most=self.most, count=len(files))
            )
        return [super(FilesField, self).clean(file, initial) for file in files]


class CodesField(forms.CharField):
    """Codes with commas between them; a list given to start with is written so."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value


def form_for(act: Action, *, currency: str = "USD", hide: frozenset[str] = frozenset()) -> type[forms.Form]:
    """A form class with a field for every input, and the version that the page showed."""
    fields: dict[str, Any] = {name: _field(spec, currency) for name, spec in act.inputs.items() if name not in hide}
    fields = {name: field for name, field in fields.items() if field is not None}
    fields["version"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
    return type(f"{act.verb.title().replace('_', '')}Form", (forms.Form,), fields)


def _field(spec: Input, currency: str) -> forms.Field | None:
    common: dict[str, Any] = {
        "label": _(spec.label) if spec.label else None,
        "help_text": _(spec.help) if spec.help else "",
        "required": spec.required,
    }
    if isinstance(spec, Amount):
        return AmountField(currency=currency, **common)
    if isinstance(spec, Text):
        widget = (
            forms.Textarea(attrs={"rows": spec.lines}) if spec.lines > 1 and spec.longest > 200 else forms.TextInput()
        )
        return forms.CharField(max_length=spec.longest, widget=widget, **common)
    if isinstance(spec, Whole):
        return forms.IntegerField(min_value=spec.least, max_value=spec.most, **common)
    if isinstance(spec, Flag):
        return forms.BooleanField(**{**common, "required": False})
    if isinstance(spec, Choice):
        labels = (
            spec.options
            if isinstance(spec.options, dict)
            else {code: str(code).replace("_", " ").capitalize() for code in spec.options}
        )
        empty = [] if spec.required else [("", "–")]
        return forms.ChoiceField(choices=[*empty, *((code, _(str(label))) for code, label in labels.items())], **common)
    if isinstance(spec, Upload):
        return forms.FileField(**common)
    if isinstance(spec, Uploads):
        return FilesField(most=spec.most, **common)
    if isinstance(spec, Codes):
        return CodesField(max_length=spec.most * (spec.longest + 2), **common)
    if isinstance(spec, Moment):
        return forms.CharField(**common)
    return None


def inputs_of(form: forms.Form) -> dict[str, Any]:
    """What the action gets from a valid form: the fields that were filled in."""
    return {name: value for name, value in form.cleaned_data.items() if name != "version" and value not in (None, "")}


def typed_in(form: forms.Form) -> list[str]:
    """The longer words of a form that can be sent no more: nobody writes them twice."""
    areas = [name for name, one in form.fields.items() if isinstance(one.widget, forms.Textarea)]
    return [text for name in areas if (text := str(form[name].value() or "").strip())]


def show_not_done(form: forms.Form, problem: NotDone) -> None:
    """Put what the action said beside its fields, or above the form."""
    if isinstance(problem, Invalid):
        for name, texts in problem.errors.items():
            for text in texts:
                form.add_error(name if name in form.fields else None, text)
    else:
        form.add_error(None, problem.sentence)
