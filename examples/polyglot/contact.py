"""Contact (고객 응대): those who talk to customers see what they were told already."""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery.kernel.aggregate import Aggregate, Decision, Given
from bookdelivery.kernel.context import Context, Decides, Policy, Subdomain
from bookdelivery.kernel.lifecycle import Lifecycle, to
from examples.polyglot.messages import CustomerNotified, NoteNotice, Occasion


class ContactStatus(StrEnum):
    """Whether the customer knows anything yet."""

    UNINFORMED = "uninformed"
    INFORMED = "informed"


@attrs.frozen(kw_only=True, slots=False)
class Contact(Aggregate):
    """What passed between the store and the customer of one order.

    Attributes:
        order_id: the order, its key.
        customer_id: the customer.
        notices: what the customer was told of, each time it was.
        status: where it stands.
    """

    correlation_key = "order_id"
    identity = "order_id"
    owner = "customer_id"
    lifecycle = Lifecycle(
        "contact",
        ContactStatus,
        ContactStatus.UNINFORMED,
        [to(ContactStatus.INFORMED, "note", ContactStatus.UNINFORMED, ContactStatus.INFORMED)],
    )

    order_id: int
    customer_id: int
    notices: tuple[Occasion, ...] = ()
    status: ContactStatus = ContactStatus.UNINFORMED


def note(contact: Contact | None, command: NoteNotice, given: Given) -> Decision[Contact]:
    """Write a notice down; that each is written down once is the inbox's work, by the id of its message."""
    known = contact or Contact(order_id=command.order_id, customer_id=command.customer_id)
    return Decision(attrs.evolve(known, notices=(*known.notices, command.of), status=ContactStatus.INFORMED))


def note_told(event: CustomerNotified) -> NoteNotice:
    """Write down what the customer was told."""
    return NoteNotice(order_id=event.order_id, customer_id=event.customer_id, of=event.of)


CONTACT = Context(
    name="contact",
    korean="고객 응대",
    subdomain=Subdomain.SUPPORTING,
    uptime_goal=0.9,
    cadence="monthly",
    team="contact",
    store="SQL",
    aggregates=(Contact,),
    handlers=(Decides(command=NoteNotice, on=Contact, by=note, creates=True),),
    policies=(Policy(name="note what the customer was told", on=CustomerNotified, issues=NoteNotice, by=note_told),),
    language={
        "NoteNotice": "알림을 적는다",
        "Contact": "고객 응대",
        "note what the customer was told": "고객이 들은 것을 적는다",
    },
)
