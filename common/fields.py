"""Text as it comes from people, made safe to store and to mail."""

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField
from phonenumber_field.phonenumber import PhoneNumber
from phonenumber_field.validators import validate_international_phonenumber

from common.phones import e164_of, is_given_out, typed_mobile, without_label, written

# Control, surrogate, private and bidirectional-override characters have no place in a name or an address.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean_text(value: str, *, one_line: bool = True) -> str:
    """``value`` in NFC without surrounding space; on one line, line breaks become spaces.

    Raises:
        ValidationError: it holds control characters.
    """
    value = unicodedata.normalize("NFC", value)
    if one_line:
        value = " ".join(value.split())
    value = value.strip()
    if _FORBIDDEN.search(value):
        raise ValidationError(_("This text has invisible control characters. Please type it again."), code="control")
    return value


_WEB_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


def refuse_web_address(value: str) -> None:
    """A validator of names: mail programs make a link of any address, and others get these names in their mail.

    Raises:
        ValidationError: ``value`` holds an address on the web.
    """
    if _WEB_ADDRESS.search(value):
        raise ValidationError(_("Please leave out addresses of web pages here."), code="web_address")


#: From so many characters on, a browser would cut what is pasted, and nobody would see it.
_LONG = 100


def let_long_texts_in(field: forms.Field) -> None:
    """Have the browser send a long text whole: the form says how many characters are too many, and nothing is lost."""
    length = getattr(field, "max_length", None)
    if length and (length >= _LONG or isinstance(field.widget, forms.Textarea)):
        field.widget.attrs.pop("maxlength", None)


class LineField(forms.CharField):
    """A text on one line: never a line break that could become a mail header."""

    def __init__(self, *args: Any, max_length: int = 200, **kwargs: Any) -> None:
        super().__init__(*args, max_length=max_length, **kwargs)
        let_long_texts_in(self)

    def to_python(self, value: Any) -> str:
        # str.split() would swallow some control characters silently, so look for them first.
        text = super().to_python(value) or ""
        return clean_text(text.replace("\r", " ").replace("\n", " ").replace("\t", " "))


_CLOCK_EXPECTED = _("Please give a time of day such as 08:30, 8h30 or 17h.")


class ClockField(forms.TimeField):
    """A time of day as people write it (``TIME_INPUT_FORMATS``: 08:30, 8h30, 9g, 8 giờ); an error gives examples."""

    default_error_messages = {"invalid": _CLOCK_EXPECTED}

    def to_python(self, value: Any) -> Any:
        return super().to_python(_clock_text(value))


class MomentField(forms.SplitDateTimeField):
    """A day and a time of day; the time as in ``ClockField``."""

    default_error_messages = {**forms.SplitDateTimeField.default_error_messages, "invalid_time": _CLOCK_EXPECTED}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clock = ClockField(localize=self.localize, required=self.fields[1].required, disabled=self.disabled)
        self.fields = (self.fields[0], clock)


def _clock_text(value: Any) -> Any:
    """``value`` with small letters and single blanks, if it is text: 8H30, "8 h 30" and 8g30 are 8h30."""
    if not isinstance(value, str):
        return value
    text = " ".join(unicodedata.normalize("NFC", value).lower().split())
    return re.sub(r"(?<=\d) ?[hg] ?(?=\d|$)", "h", text)


PHONE_EXPECTED = _("This is not a phone number. Example: 0912 345 678.")
PHONE_ALONE = _("Please give the phone number alone, without letters or an extension. Example: 0912 345 678.")


_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")


def _has_letters(typed: str) -> bool:
    """Whether ``typed`` holds letters; those of a link ("tel:+84912345678"), copied with it, say nothing."""
    return _LETTER.search(typed.strip().lower().removeprefix("tel:")) is not None


def _validate(phone: Any) -> None:
    """Raises ValidationError if ``phone`` is a number of nobody: mobiles of Vietnam are known by their shape alone."""
    if not is_given_out(e164_of(phone)):
        validate_international_phonenumber(phone)


class PhoneField(PhoneNumberField):
    """A phone number as people write it; what it shows it takes back, also of a number from abroad.

    Letters and an extension are refused: phonenumbers reads over them, so that a slip ("09o12345678") would become the
    number of somebody else, and what was written beside a number would be lost. A label before it ("ĐT: 0912…") says
    nothing more than the field does, and is left out.
    An error shows a mobile: the library's own example is a landline, and nearly everybody is reached on a mobile.
    """

    default_error_messages = {"invalid": PHONE_EXPECTED, "more": PHONE_ALONE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The others (length, NUL) have the number written out, which checks it twice more: a valid one passes them.
        self.validators = [_validate]

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = without_label(value)
        # Not "or": to know whether a number is true it is written out.
        known = typed_mobile(value.strip()) if self.region == "VN" and isinstance(value, str) else None
        if known is not None:
            return known
        if isinstance(value, str) and _has_letters(value):
            code = "more" if _DIGIT.search(value) else "invalid"
            raise ValidationError(self.error_messages[code], code=code)
        number = super().to_python(value)
        if getattr(number, "extension", None):
            raise ValidationError(self.error_messages["more"], code="more")
        return number

    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, PhoneNumber) else value


_TYPED_PHONE = PhoneField(region="VN", required=False)


def read_phone(text: str) -> str:
    """The phone number in ``text`` in E.164, "" if it is empty: where no form stands, by the rule of ``PhoneField``.

    Raises:
        ValidationError: it is none (code "invalid"), or holds letters or an extension as well (code "more").
    """
    return e164_of(_TYPED_PHONE.clean(text))


if TYPE_CHECKING:
    # What the mixin is mixed into.
    _Form = forms.BaseForm
else:
    _Form = object


class CleanTextFormMixin(_Form):
    """For model forms: every text field is stored in NFC and without control characters, and none is cut unseen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            let_long_texts_in(field)

    def clean(self) -> dict[str, Any]:
        changed: dict[str, Any] | None = super().clean()
        cleaned = self.cleaned_data if changed is None else changed
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and name in self.fields:
                multiline = isinstance(self.fields[name].widget, forms.Textarea)
                try:
                    cleaned[name] = clean_text(value.replace("\r\n", "\n"), one_line=False)
                    if not multiline and ("\n" in cleaned[name] or "\r" in cleaned[name]):
                        cleaned[name] = clean_text(cleaned[name])
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned
