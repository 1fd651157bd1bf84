"""What the page of a phone at a door says: its script takes the words from the page, in the language of the page."""

from django.utils.translation import gettext

from common.fields import PHONE_EXPECTED


def words() -> dict[str, str]:
    """By their names in static/desk/; {in braces} stands what the script fills in."""
    return _verdicts() | _buttons() | _states()


def _verdicts() -> dict[str, str]:
    return {
        "welcome": gettext("Welcome"),
        "elsewhere": gettext("Guest of {point}"),
        "elsewhere_more": gettext("Admit here, or send there."),
        "twice": gettext("Here already since {time}"),
        "twice_more": gettext("Read at {door}."),
        "waitlisted": gettext("On the waitlist"),
        "requested": gettext("Not decided on yet"),
        "cancelled": gettext("Registration cancelled"),
        "no_seat_more": gettext("No seat is kept. You decide at the door."),
        "unknown": gettext("Not on the list"),
        "unknown_more": gettext("Let them in; it is settled when this phone has network."),
        "no_list": gettext("No list on this phone yet"),
        "strange": gettext("This is no code of this site"),
        "strange_more": gettext("Ask for the code on their personal page or in the mail."),
        "no_number": gettext("No such number"),
        "no_number_more": gettext("Look at it once more: eight letters and digits."),
        "which": gettext("Who of them is it?"),
        "person": gettext("Person {number} of {whose}"),
        "of_registration": gettext("Registration {number}"),
        "registration": gettext("registration {number}"),
        "names_by_code": gettext("Their names are not on this phone: each person’s own code shows theirs."),
        "admitted": gettext("Admitted"),
        "sent_on": gettext("Sent on to {point}"),
        "turned_away": gettext("Not admitted"),
        "taken_back": gettext("Taken back"),
        "taken_back_scan": gettext("This scan alone is taken back: they stay here, since {time}."),
        "foreign": gettext("The last code was of another conference."),
        "still_unknown": gettext("The last code is not known to the server either."),
        "taken_back_instead": gettext(
            "They do not count as here. If they were put in that place already, that stays: please tell the organisers."
        ),
        "trial": gettext("Trial: nobody is checked in before {time}."),
        "main_desk": gettext("the desk"),
    }


def _buttons() -> dict[str, str]:
    return {
        "admit": gettext("Admit here"),
        "admit_anyway": gettext("Admit all the same"),
        "send_on": gettext("Send there"),
        "turn_away": gettext("Do not admit"),
        "undo": gettext("Take back"),
        "undo_scan": gettext("Take back this scan only"),
        "undo_before": gettext("Take back the one before"),
        "undo_before_of": gettext("Take back the one before: {name}"),
        "take_names": gettext("Take the list of names"),
        "instead": gettext("Somebody comes instead"),
        "camera_on": gettext("Read with the camera"),
        "camera_off": gettext("Stop the camera"),
    }


def _states() -> dict[str, str]:
    return {
        "online": gettext("Connected"),
        "offline": gettext("Without network: everything goes on, and is sent later"),
        "queue": gettext("{count} waiting to be sent"),
        "list_of": gettext("List of {time}"),
        "counter": gettext("{count} read here"),
        "of_point": gettext("{count} of {total} here"),
        "not_paired": gettext("This phone is not paired"),
        "not_paired_more": gettext("Open “The day”, then “Reception” in the administration, and read the code there."),
        "withdrawn": gettext("This phone was withdrawn"),
        "withdrawn_more": gettext("List and queue are erased. Nothing is left on this phone."),
        "over": gettext("The conference is over: the list is erased"),
        "no_camera": gettext("No camera, or it was not allowed. Type the number, or use a scanner."),
        "insecure": gettext("This page works over HTTPS only."),
        "no_room": gettext("The memory of this phone is full: keep this page open until everything is sent."),
        "clock": gettext("The clock of this phone is wrong; times are corrected."),
        "names_first": gettext("The search works once the list of names is on this phone: press the button first."),
        "names_of": gettext("Names of {time}, erased on this phone 24 hours after the end"),
        "nobody": gettext("Nobody is called so"),
        "needed": gettext("Please fill in this field."),
        "no_phone": str(PHONE_EXPECTED),
        "no_sms": gettext("Our SMS do not reach the number that was typed: they get no message."),
        "not_sent": gettext("{count} could not be sent; tell the organisers."),
    }
