"""The names of months in the languages that vendors write, full or cut short."""

import unicodedata

# Twelve names a line, in the form that a date has; a short form is the first letters of one of them.
_LANGUAGES = (
    "january february march april may june july august september october november december",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november desember",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia",
    "styczen luty marzec kwiecien maj czerwiec lipiec sierpien wrzesien pazdziernik listopad grudzien",
    "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
)
_IRREGULAR = {"mrz": 3, "mrt": 3, "maerz": 3, "okt": 10, "dec": 12}
_SHORTEST = 3


def month_number(name: str) -> int | None:
    """The month of a name, or of its first three letters or more, in any case and with any accents.

    >>> month_number("Jan"), month_number("août"), month_number("Sept"), month_number("jui")
    (1, 8, 9, None)
    """
    return _NUMBERS.get(_strip_accents(name))


def _strip_accents(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _list_forms() -> dict[str, int]:
    """Every form that names one month only."""
    months: dict[str, set[int]] = {}
    for line in _LANGUAGES:
        for number, name in enumerate(map(_strip_accents, line.split()), start=1):
            for length in range(_SHORTEST, len(name) + 1):
                months.setdefault(name[:length], set()).add(number)
    forms = {form: min(numbers) for form, numbers in months.items() if len(numbers) == 1}
    return forms | _IRREGULAR


_NUMBERS = _list_forms()
