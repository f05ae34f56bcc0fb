"""Fills a database with a large shop: conversations, messages, rules, and a user with a token.

It is filled by a few statements, in the order in which a real shop would write: so the messages of
one conversation are as far from each other as in a real one.
"""

import json
from contextlib import closing

import psycopg2

from bench.databases import FOLDER, Database, manage

DAYS = 90
VISITS = 5  # questions of a conversation, each with its answer
LONG = 1  # the conversation that has more messages than others
LONG_MESSAGES = 2000
RULES = 300
RARE, COMMON = "kimono", "delivery"  # in ten messages; in each eighth question
LABEL, RARE_LABEL = "returns", "spam"  # of each 33rd conversation; of five
CUSTOMER = 17841400000000000  # the first one's id, less one
CODENAMES = ("view_conversation", "change_conversation", "view_responserule", "view_message")

# Customers begin evenly over the time, and come back: most of them soon, some late.
QUESTIONS = """
CREATE TEMP TABLE question AS
SELECT conversation, at, row_number() OVER (ORDER BY at) * 2 - 1 AS id, random() AS chance
FROM (
    SELECT n AS conversation, now() - interval '1 minute'
        - age * (1 - CASE WHEN visit = 1 THEN 0 ELSE random() ^ 3 END) AS at
    FROM (
        SELECT n, %(days)s * interval '1 day' * (1 - n::float / (%(conversations)s + 1)) AS age
        FROM generate_series(1, %(conversations)s) n
    ) customer, generate_series(1, %(visits)s) visit
    UNION ALL
    SELECT %(long)s, now() - interval '1 minute' - %(days)s * interval '1 day' * random()
    FROM generate_series(1, %(long_messages)s / 2 - %(visits)s)
) visits"""
ACCOUNT = """
INSERT INTO conversations_account
    (instagram_id, node_id, username, identified_by, pause, pause_reason, strikes)
VALUES ('17841400000000000', 'me', 'shop', '', '', '', 0)"""
CONVERSATIONS = """
INSERT INTO conversations_conversation
    (account_id, customer_id, name, username, last_inbound_at, bot_paused_until, bot_paused_by,
     needs_person, profile_at, created_at)
SELECT (SELECT id FROM conversations_account), (%(customer)s + n)::text,
    CASE WHEN mod(n, 5) = 0 THEN '' ELSE initcap(first) || ' ' || initcap(last) END,
    CASE WHEN mod(n, 5) = 0 THEN '' ELSE first || '.' || last || n END, last_at,
    CASE WHEN mod(n, 50) = 7 THEN now() + interval '6 hours'
        WHEN mod(n, 20) = 3 THEN last_at + interval '12 hours' END,
    CASE WHEN mod(n, 50) = 7 OR mod(n, 20) = 3 THEN 'anna' ELSE '' END, mod(n, 100) = 9,
    first_at, first_at
FROM (
    SELECT conversation AS n, min(at) AS first_at, max(at) AS last_at,
        (ARRAY['mia', 'olena', 'chen', 'ivan', 'sofia', 'anna', 'li'])[1 + mod(conversation, 7)]
            AS first,
        (ARRAY['keller', 'shevchenko', 'wei', 'petrov', 'rossi', 'novak', 'silva', 'kim', 'sato',
            'berg', 'costa'])[1 + mod(conversation, 11)] AS last
    FROM question GROUP BY conversation ORDER BY conversation
) customers"""
ASKED = """
INSERT INTO conversations_message
    (id, conversation_id, origin, kind, mid, text, at, created_at, verdict, reason, decided_at,
     why, in_reply_to_id, rule, state, called_at, sent_at, staff, error)
SELECT id, conversation, 'customer', 'text', 'aWdf' || md5(id::text),
    (ARRAY[
        'Hello! I saw your beautiful bags and would like to know how much the red one costs.',
        'How long does delivery to Germany take, and what does it cost?',
        'Can I return it when it does not fit?', 'Have you got another colour???',
        'Is my parcel on its way? My order is number ' || id, 'Thank you very much!!!',
        'Do you have size 38 of these shoes, or will you have it again soon?',
        'Здравствуйте! Сколько стоит красная сумка, и отправляете ли вы в Германию?'
    ])[1 + mod(id / 2, 8)]
        || CASE WHEN mod(id / 2, %(rare_every)s) = 0 THEN ' And a kimono?' ELSE '' END,
    at, at + interval '1 second',
    CASE WHEN chance < 0.9 THEN 'answered' WHEN chance < 0.95 THEN 'no_answer' ELSE 'paused' END,
    'Matched a word of a rule.', at + interval '2 seconds',
    jsonb_build_object('rules', %(rules)s), NULL::bigint, NULL::bigint, '', NULL::timestamptz,
    NULL::timestamptz, '', ''
FROM question
UNION ALL
SELECT id + 1, conversation, CASE WHEN chance < 0.9 THEN 'bot' ELSE 'staff' END, 'text',
    'aWdf' || md5((id + 1)::text),
    (ARRAY[
        'The red one costs 49 euros, and it is in our shop: https://shop.example/bags/red',
        'It takes three to five days, and above 60 euros it costs nothing.',
        'Of course: within 30 days, and we pay the parcel.', 'There are blue and green ones.',
        'We have sent it yesterday; the carrier writes to you when it comes.',
        'You are welcome!', 'Size 38 is there again next week. May we write to you then?',
        'Красная сумка стоит 49 евро, и мы отправляем в Германию за три–пять дней.'
    ])[1 + mod(id / 2, 8)],
    at + interval '3 seconds', at + interval '2 seconds', '', '', NULL,
    '{}', id, CASE WHEN chance < 0.9 THEN 1 + mod(id / 2, %(rules)s) END,
    CASE WHEN chance < 0.005 THEN 'failed' WHEN chance < 0.006 THEN 'unknown' ELSE 'sent' END,
    at + interval '2 seconds', CASE WHEN chance >= 0.006 THEN at + interval '3 seconds' END,
    CASE WHEN chance < 0.9 THEN '' ELSE 'anna' END,
    CASE WHEN chance < 0.005 THEN 'Instagram did not take it.' ELSE '' END
FROM question
ORDER BY 1"""
LABELS = """
INSERT INTO conversations_label (name) SELECT unnest(ARRAY[
    'returns', 'delivery', 'sizes', 'wholesale', 'press', 'vip', 'complaint', 'gift', 'autumn',
    'repair', 'collab', 'spam'])"""
LABELLED = """
INSERT INTO conversations_conversation_labels (conversation_id, label_id)
SELECT n, 1 + mod(n / 3, 11) FROM generate_series(3, %(conversations)s, 3) n
UNION SELECT n, 1 + mod(n / 20, 11) FROM generate_series(20, %(conversations)s, 20) n
UNION SELECT n * %(conversations)s / 6, 12 FROM generate_series(1, 5) n"""
USER = """
WITH someone AS (
    INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email,
        is_staff, is_active, date_joined)
    VALUES ('!', false, 'backend', '', '', '', false, true, now()) RETURNING id)
INSERT INTO auth_user_user_permissions (user_id, permission_id)
SELECT someone.id, auth_permission.id FROM someone, auth_permission
WHERE codename = ANY(%(codenames)s)"""


def fill(database: Database, conversations: int) -> str:
    """Fill a fresh database; return a token of a user who may see all of it."""
    write_rules(database)
    values = {
        "conversations": conversations,
        "codenames": list(CODENAMES),
        "customer": CUSTOMER,
        "days": DAYS,
        "long": LONG,
        "long_messages": LONG_MESSAGES,
        "rare_every": conversations * VISITS // 10,
        "rules": RULES,
        "visits": VISITS,
    }
    with closing(psycopg2.connect(database.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "SET session_replication_role = replica"
            )  # without checking foreign keys
            cursor.execute("SELECT setseed(0.20261125)")
            for statement in (QUESTIONS, ACCOUNT, CONVERSATIONS, ASKED, LABELS, LABELLED, USER):
                cursor.execute(statement, values)
            cursor.execute("VACUUM ANALYZE")  # as the database would do by itself later
    return manage(database.url, "api_token", "backend").strip()


def write_rules(database: Database) -> None:
    """Add rules to those of the example until there are enough."""
    existing = database.number("SELECT count(*) FROM rules_responserule")
    rules = [
        {
            "name": f"Product {number}",
            "order": 200 + number,
            "keywords": f"product {number}\nitem {number}\nbag number {number}\nno. {number}",
            "reply": f"Product {number} is in our shop: https://shop.example/{number}",
        }
        for number in range(1, RULES - existing + 1)
    ]
    file = FOLDER / "rules.json"
    file.write_text(json.dumps(rules), encoding="utf-8")
    manage(database.url, "import_rules", str(file))
