"""Placeholders of other tools: filled where the meaning is certain, else refused and left out."""

import pytest

from shop.placeholders import fill, find_placeholders, find_problems

pytestmark = pytest.mark.no_database

KNOWN = {
    "first_name": "Mia",
    "username": "mia.k",
    "shop_name": "Blumen",
    "opening_hours": "Monday 9:00–18:00",
}

# As tools write them: what a customer reads who is known, and one who is not.
CERTAIN = [
    ("Hi {first_name|there}!", "Hi Mia!", "Hi there!"),
    ("Hi {First_Name|there}!", "Hi Mia!", "Hi there!"),
    ("Hi {first_name | there}!", "Hi Mia!", "Hi there!"),
    ("Hi { first_name }!", "Hi Mia!", "Hi!"),
    ("Hi {FIRST_NAME}!", "Hi Mia!", "Hi!"),
    ("Hi {firstName|you}!", "Hi Mia!", "Hi you!"),
    ("Hi {name}!", "Hi Mia!", "Hi!"),
    ("Hi {customer_name}!", "Hi Mia!", "Hi!"),
    ("Hi {first_name:there}!", "Hi Mia!", "Hi there!"),
    ("Hi {first_name, fallback=there}!", "Hi Mia!", "Hi there!"),
    ("Hi {{first_name}}!", "Hi Mia!", "Hi!"),
    ("Hi {{ first_name }}!", "Hi Mia!", "Hi!"),
    ("Hi {{{first_name}}}!", "Hi Mia!", "Hi!"),
    ("Hi {{first_name}!", "Hi Mia!", "Hi!"),
    ("Hi {first_name}}!", "Hi Mia!", "Hi!"),
    ("Hi {{first name}}!", "Hi Mia!", "Hi!"),
    ("Hi {{contact.name}}!", "Hi Mia!", "Hi!"),
    ("Hi {{Contact.FirstName}}!", "Hi Mia!", "Hi!"),
    ("Hi {{user_first_name}}!", "Hi Mia!", "Hi!"),
    ("Hi {{ticket.requester.first_name}}!", "Hi Mia!", "Hi!"),
    ("Hi {{first_name|there}}!", "Hi Mia!", "Hi there!"),
    ('Hi {{ contact.first_name | default: "there" }}!', "Hi Mia!", "Hi there!"),
    ("Hi {{first_name|capitalize|default:'my friend'}}!", "Hi Mia!", "Hi my friend!"),
    ("Hi {{ first_name | upcase }}!", "Hi Mia!", "Hi!"),
    ("Hi {{first_name|default('there')}}!", "Hi Mia!", "Hi there!"),
    ('Hi {{ first_name | fallback: "there" }}!', "Hi Mia!", "Hi there!"),
    ('Hi {{ first_name or "there" }}!', "Hi Mia!", "Hi there!"),
    ("Hi {{ first_name || 'there' }}!", "Hi Mia!", "Hi there!"),
    ("Hi {{ first_name ?? 'there' }}!", "Hi Mia!", "Hi there!"),
    ('Hi {{first_name, "there"}}!', "Hi Mia!", "Hi there!"),
    ("Hi {{${first_name} | default: 'there'}}!", "Hi Mia!", "Hi there!"),
    ("Hi {%customer.firstName,fallback=there%}!", "Hi Mia!", "Hi there!"),
    ("Hi {!Contact.FirstName}!", "Hi Mia!", "Hi!"),
    ("Hi {$name}!", "Hi Mia!", "Hi!"),
    ("Hi ${name}!", "Hi Mia!", "Hi!"),
    ("Hi #{name}!", "Hi Mia!", "Hi!"),
    ("Hi @{name}!", "Hi Mia!", "Hi!"),
    ("Hi %{first_name}!", "Hi Mia!", "Hi!"),
    ("Hi %(first_name)s!", "Hi Mia!", "Hi!"),
    ("Hi <%= first_name %>!", "Hi Mia!", "Hi!"),
    ("Hi %name%!", "Hi Mia!", "Hi!"),
    ("Hi %FIRST_NAME%, hello", "Hi Mia, hello", "Hi, hello"),
    ("Hi %%first_name%%!", "Hi Mia!", "Hi!"),
    ("Hi [[name]]!", "Hi Mia!", "Hi!"),
    ('Hi [[FIRSTNAME OR "customer"]]!', "Hi Mia!", "Hi customer!"),
    ("Hi <<name>>!", "Hi Mia!", "Hi!"),
    ("Hi *|FNAME|*!", "Hi Mia!", "Hi!"),
    ("Hi #NAME#!", "Hi Mia!", "Hi!"),
    ("Hi [first_name]!", "Hi Mia!", "Hi!"),
    ("Hi <first_name>!", "Hi Mia!", "Hi!"),
    ("Hi $first_name!", "Hi Mia!", "Hi!"),
    ("Hi {first_name ? there}!", "Hi Mia!", "Hi there!"),
    ("Hi {first_name/there}!", "Hi Mia!", "Hi there!"),
    ("Hi {first_name=there}!", "Hi Mia!", "Hi there!"),
    ('Hi {"first_name"}!', "Hi Mia!", "Hi!"),
    ("Hi {'first_name'}!", "Hi Mia!", "Hi!"),
    ("Hi {“first_name”}!", "Hi Mia!", "Hi!"),
    ("Hi {#name}!", "Hi Mia!", "Hi!"),
    ("Hi {#name#}!", "Hi Mia!", "Hi!"),
    ("Hi {:name}!", "Hi Mia!", "Hi!"),
    ("Hi \uff5bname\uff5d!", "Hi Mia!", "Hi!"),
    ("Hi \uff5b\uff5bfirst_name\uff5cthere\uff5d\uff5d!", "Hi Mia!", "Hi there!"),
    ("Hi 【name】, \uff05name\uff05!", "Hi Mia, Mia!", "Hi,!"),
    ("Hi {{\nfirst_name\n}}!", "Hi Mia!", "Hi!"),
    ("Hi {\n  first_name\n}!", "Hi Mia!", "Hi!"),
    ("Hi {{\r\n first_name | default: 'you'\r\n}}!", "Hi Mia!", "Hi you!"),
    ("Hi [Name]!", "Hi Mia!", "Hi!"),
    ("Hi [name]!", "Hi Mia!", "Hi!"),
    ("Hi [NAME]!", "Hi Mia!", "Hi!"),
    ("Hi [FNAME]!", "Hi Mia!", "Hi!"),
    ("Hi [First Name]!", "Hi Mia!", "Hi!"),
    ("Hi [first name|there]!", "Hi Mia!", "Hi there!"),
    ("Hi [[first_name]!", "Hi Mia!", "Hi!"),
    ("Hi [first_name]]!", "Hi Mia!", "Hi!"),
    ("Hi [customer name]!", "Hi Mia!", "Hi!"),
    ("Hi [Customer's Name]!", "Hi Mia!", "Hi!"),
    ("Hi {name of the customer}!", "Hi Mia!", "Hi!"),
    ("Hi {nombre del cliente}!", "Hi Mia!", "Hi!"),
    ("Hi {Имя клиента}!", "Hi Mia!", "Hi!"),
    ("Hi <name>!", "Hi Mia!", "Hi!"),
    ("Hi <first name>!", "Hi Mia!", "Hi!"),
    ("Hi <First Name>!", "Hi Mia!", "Hi!"),
    ("Hi <{name}>, [{name}], ({name})", "Hi <Mia>, [Mia], (Mia)", "Hi <>, [], ()"),
    ("Hi ((name))!", "Hi Mia!", "Hi!"),
    ("Hi (( First Name ))!", "Hi Mia!", "Hi!"),
    ("Hi $name!", "Hi Mia!", "Hi!"),
    ("Hi $NAME!", "Hi Mia!", "Hi!"),
    ("Hi $firstname!", "Hi Mia!", "Hi!"),
    ("Hi $FirstName!", "Hi Mia!", "Hi!"),
    ("Hi $firstName, hello", "Hi Mia, hello", "Hi, hello"),
    ("Hi __name__!", "Hi Mia!", "Hi!"),
    ("Hi __FIRST_NAME__!", "Hi Mia!", "Hi!"),
    ("{{имя}}, {{ім'я}}, %имя%, {nombre}, {Prénom}", "Mia, Mia, Mia, Mia, Mia", ",,,,"),
    ("{{username}} of {{instagram_username}}", "mia.k of mia.k", "of"),
    ("At {{shop.name}}, {{ store_name }}", "At Blumen, Blumen", "At,"),
    ("Open {{ opening_hours }}", "Open Monday 9:00–18:00", "Open"),
]
# Nobody knows what is meant: each is refused, and left out where it is stored already.
UNKNOWN = [
    "{{order_id}}", "{{ contact.last_name }}", "{{full_name}}", "{{1}}", "{0}", "{order_id}",
    "{order.id}", "{nonsense}", "[[order_id]]", "<<order_id>>", "%order_id%", "${order}",
    "{user_name}", "*|LNAME|*", "#order_id#", "{{#if vip}}", "{{/if}}", "{% if x %}",
    "{{cuf_12345}}",
    "[last_name]",    "{{company_name}}", "%email%", "{{ shop.email | upcase }}",
    "%%order_id%%", "{{фамилия}}",
    "{}", "{{}}", "{{ }}", "{order id}", "{Order Number}", "{tracking-number}", "{Order No.}",
    "{номер заказа}", "{имя пользователя}", "{Order #}", "\uff5border id\uff5d", "{{\norder_id\n}}",
    "[Your Name]", "[INSERT NAME HERE]", "[Order Number]", "[order id]", "[Last Name]", "[EMAIL]",
    "[Agent's Name]", "[date]", "<order number>", "<last name>", "<email>", "((order id))",
    "((email))", "$order_id", "$orderId", "$lastName", "__order_id__", "__EMAIL__", "%s", "%d",
    "%1$s", "%@", "{first_name/last_name}", "{#order_id}",
    "{first_name ? first_name : 'you'}", "{first_name == 'x'}",
]  # fmt: skip
ORDINARY = [
    "100%", "100% sure, 50% off % and 20% cotton, 30%off, 5%", "from 5% to 10%", "%", "%%", "% %",
    "[info]", "[Sale]", "[SALE]", "[[Sale]]", "[1]", "[]", "[[]]", "{ }", "a { } b",
    "[new order]", "[order]", "[today only]", "[first come, first served]", "[x]", "[name: Ann]",
    "[link](https://shop.example/x)", "[full price]", "(name)", "((see below))", "((:", "<-- here",
    "<new>", "5 < 6 > 4", "C__D", "__Sale__", "a__name__b", "____", "$AUD", "$$$", "A$AP",
    "100 %", "5 % sale", "100%s", "a {b} }", "size }", "}", "};-}", "{we are open today}",
    "{-}", "{price on request only}", "【Sale】", "\uff08name\uff09", "{a/b}", "{red/blue}",
    "$5", "$5 and $10", "5$", "US$ 12.50", "<<Sale>>", "<<Новинка>>", "<3", "a < b > c",
    "{SALE10}", "{1000}", "{12:30}", "{a, b, c}", "{we are open}", "#sale #new#", "# 1 #", "*bold*",
    "**bold** | *thin*", "* | *", ":) {:} ;{", "{ x }", "cost {price", "first_name",
    "https://x.example/?a=%D0%BC&b=%20name%20", "C:\\%PATH%", "<b>hi</b>", "<info@shop.example>",
    '{"json": "x"}', "{a=1}", "²{", "…", "",
]  # fmt: skip


@pytest.mark.parametrize(("text", "known", "unknown"), CERTAIN)
def test_what_is_certainly_meant_is_filled(text: str, known: str, unknown: str) -> None:
    assert fill(text, KNOWN) == known
    assert fill(text, {}) == unknown
    assert find_problems(text) == []


@pytest.mark.parametrize("written", UNKNOWN)
def test_what_nobody_knows_is_refused_and_never_sent(written: str) -> None:
    text = f"Your parcel {written} is on its way"
    (problem,) = find_problems(text)
    assert problem.startswith("There is no ")
    assert "{first_name}, {username}, {shop_name}, {opening_hours}." in problem
    assert fill(text, KNOWN) == "Your parcel is on its way"


# What has no end or no beginning, and what a customer reads where it is stored already.
BROKEN = [
    ("{first_name|Dear {username}}, hi", "Dear mia.k, hi"),
    ("{first_name|Dear {username}, hi", "Dear mia.k, hi"),
    ("{first_name|there, hi", "there, hi"),
    ("{first_name | there, hi", "there, hi"),
    ("{nickname|you, hi", "you, hi"),
    ("{first name|Dear {username}}, hi", "Dear mia.k, hi"),
    ("Hi {first_name", "Hi"),
    ("Hi {{first_name", "Hi"),
    ("Hi {{ first_name, hello", "Hi, hello"),
    ("Hi {{{first_name", "Hi"),
    ("Hi {{order_id and more", "Hi and more"),
    ("Hi ${first_name", "Hi"),
    ("Hi [[first_name", "Hi"),
    ("Hi *|FNAME", "Hi"),
    ("Hi first_name}}!", "Hi!"),
    ("Hi name}!", "Hi!"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_what_is_not_closed_is_refused_and_never_sent(text: str, said: str) -> None:
    (problem,) = find_problems(text)
    assert problem.startswith("Close ")
    assert fill(text, KNOWN) == said


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert list(find_placeholders(text)) == []
    assert fill(text, KNOWN) == text


def test_of_several_ways_to_say_it_the_next_one_is_said() -> None:
    assert find_problems("{Hi|Hello|Hey} there")
    assert fill("{Hi|Hello|Hey} there", KNOWN) == "Hello there"
    assert fill("{{order_id | default: 'The parcel'}} is there", KNOWN) == "The parcel is there"


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert fill("Hi {{name}}", {"first_name": "{{shop_name}}"}) == "Hi {{shop_name}}"


@pytest.mark.parametrize(
    "text",
    [
        "{%", "{{", "[a_", "%a", "<%", "*|", "{", "[[", "%%a", "#a", "$a_", "{{a b ", "a_", "<a.",
        "%(a", "{a ", "[%", "<<a", "x{a|", "{a|{b}", "((a", "__a", "$a", "a}", "[a ", "<a ",
        "\uff5ba",
        "{\n", "{{\na", "[[a|",
    ],
)  # fmt: skip
def test_a_long_text_of_beginnings_is_read_in_one_pass(text: str) -> None:
    assert len(fill(text * 20_000, KNOWN)) > 0
