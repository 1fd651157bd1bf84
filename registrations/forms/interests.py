"""What an organisation sells or looks for: rows of fields."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from common.fields import LineField
from conference.models import Product
from registrations.forms.parts import Problem, StyledForm, empty_row, filled_rows
from registrations.models import Interest
from registrations.services import InterestData

MAX_INTERESTS = 20


class InterestForm(StyledForm):
    """One row: a product that is sold or looked for."""

    side = forms.ChoiceField(
        label=gettext_lazy("You sell or look for"),
        choices=[
            ("", gettext_lazy("Please choose")),
            (Interest.Side.SELLS, gettext_lazy("We sell")),
            (Interest.Side.BUYS, gettext_lazy("We look for")),
        ],
    )
    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    other = LineField(label=gettext_lazy("Another product"), max_length=120, required=False)
    amount = LineField(
        label=gettext_lazy("Amount"), max_length=80, required=False, help_text=gettext_lazy("Such as 20 tonnes.")
    )
    season = LineField(
        label=gettext_lazy("Season"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Such as July to September."),
    )
    certificates = forms.MultipleChoiceField(
        label=gettext_lazy("Certificates"),
        choices=[(value, capfirst(label)) for value, label in Interest.Certificate.choices],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ocop_stars = forms.TypedChoiceField(
        label=gettext_lazy("OCOP stars"),
        choices=[("", gettext_lazy("None")), ("3", "3"), ("4", "4"), ("5", "5")],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, products: Sequence[Product] = (), **kwargs: Any) -> None:
        super().__init__(*args, empty_permitted=True, use_required_attribute=False, **kwargs)
        self._products = {str(product.pk): product for product in products}
        self.has_products = bool(self._products)
        names = [(number, product.name) for number, product in self._products.items()]
        field: Any = self.fields["product"]
        field.choices = [("", gettext("Another product")), *names]
        if not self.has_products:
            self.fields["other"].label = gettext("Product")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not {"product", "other"} & set(self.errors) and not cleaned.get("product") and not cleaned.get("other"):
            self.add_error("other", gettext("Please name the product."))
        return cleaned

    def interest(self) -> InterestData:
        """What a valid row says; a product of the conference goes before another one that was typed."""
        data = self.cleaned_data
        product = self._products.get(data["product"])
        return InterestData(
            side=data["side"],
            product=product,
            other="" if product else data["other"],
            amount=data["amount"],
            season=data["season"],
            certificates=data["certificates"],
            ocop_stars=data["ocop_stars"],
        )


def initial_values(interest: Interest) -> dict[str, Any]:
    """The fields of the row that says what ``interest`` stores."""
    return {
        "side": interest.side,
        "product": interest.product_id or "",
        "other": interest.other,
        "amount": interest.amount,
        "season": interest.season,
        "certificates": interest.certificates,
        "ocop_stars": interest.ocop_stars or "",
    }


def fingerprint(interests: Sequence[Interest | InterestData]) -> str:
    """The same for the same ``interests`` in the same order, as they are stored or as they were typed."""
    fields = [
        (i.side, i.product and i.product.pk, i.other, i.amount, i.season, [*i.certificates], i.ocop_stars)
        for i in interests
    ]
    return sha256(json.dumps(fields).encode()).hexdigest()[:16]


class InterestRows:
    """The rows ``interests-N-…`` of a form; without ``data`` those that ``stored`` fills."""

    PREFIX = "interests"
    _focus_new = False

    def __init__(self, data: Any, products: Sequence[Product], stored: Sequence[Interest] = ()) -> None:
        self._products = products
        self.filled: list[InterestForm] = filled_rows(data, self.PREFIX, self._make) if data is not None else []
        self.stored = [] if data is not None else list(stored)

    def _make(self, data: Any, prefix: str, **options: Any) -> InterestForm:
        return InterestForm(data, prefix=prefix, products=self._products, **options)

    def is_valid(self) -> bool:
        """Whether every row can be taken."""
        return all(row.is_valid() for row in self.filled) and len(self.filled) <= MAX_INTERESTS

    def leave_unchecked(self, *, focus_new: bool = False) -> None:
        """Show the rows as they were typed, without complaints about them; the cursor goes to the new one."""
        self._focus_new = focus_new
        for row in self.filled:
            row.leave_unchecked()

    def interests(self) -> list[InterestData]:
        """What valid rows say."""
        return [row.interest() for row in self.filled]

    def problems(self) -> list[Problem]:
        """Every error with its place."""
        found: list[Problem] = []
        if len(self.filled) > MAX_INTERESTS:
            found.append(("", gettext("At most %(count)d products, please.") % {"count": MAX_INTERESTS}))
        for number, row in enumerate(self.filled, start=1):
            found += row.problems(gettext("Product %(number)d") % {"number": number} + ", ")
        return found

    @property
    def is_open(self) -> bool:
        """Whether their part of the page is open: something stands in it, or its button was pressed."""
        return bool(self.filled or self.stored or self._focus_new)

    @property
    def rows_to_draw(self) -> list[InterestForm]:
        """The rows to draw: those in use, and an empty one to go on."""
        rows = self.filled or [
            self._make(None, prefix=f"{self.PREFIX}-{number}", initial=initial_values(interest))
            for number, interest in enumerate(self.stored)
        ]
        if len(rows) >= MAX_INTERESTS:
            return rows
        new = empty_row(rows, self.PREFIX, self._make)
        if self._focus_new:
            new.fields["side"].widget.attrs["autofocus"] = True
        return [*rows, new]
