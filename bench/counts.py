"""How much each benchmark does. Every field is an option of the command."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Full size; QUICK shows in a minute that everything works, its figures mean little."""

    intake_rounds: int = 5
    intake_seconds: float = 5.0
    intake_connections: int = 16
    latency_warmup: int = 50
    latency_messages: int = 400
    latency_rate: float = 20.0  # messages a second
    flood_messages: int = 2000
    flood_conversations: int = 200
    flood_workers: int = 2
    flood_threads: int = 32  # in each worker process
    threads_tried: str = "8,16,24,32,48"
    threads_messages: int = 1500
    threads_rate: float = 150.0  # messages a second: more than are answered
    bad_payloads: int = 200_000  # on each database
    chaos_messages: int = 2000
    chaos_conversations: int = 200
    chaos_kills: int = 60
    chaos_every: float = 2.5  # seconds between two kills
    chaos_workers: int = 3  # processes, on PostgreSQL
    chaos_seed: int = 20261125
    chaos_database: str = "both"  # or postgresql, or sqlite
    chaos_logs: str = ""  # a folder to keep the processes' logs in
    rates_messages: int = 2000
    rates_conversations: int = 200
    matching_rounds: int = 7
    api_conversations: int = 50_000  # of ten messages each
    api_requests: int = 200  # of each kind
    admin_messages: int = 1_000_000  # twenty in a conversation, on PostgreSQL
    admin_messages_sqlite: int = 200_000
    admin_database: str = "both"  # or postgresql, or sqlite
    admin_tabs: int = 20
    admin_rate: float = 20.0  # messages a second
    admin_seconds: float = 20.0  # of each of its phases
    admin_rounds: int = 3  # of messages alone, and with polls
    admin_requests: int = 40  # of each page
    pages_kept: str = ""  # a PostgreSQL database: filled where it is empty, and kept
    pages_named: str = ""  # only pages that have this in their name
    hosts_messages: int = 2000
    hosts_conversations: int = 200
    hosts_pool: int = 20  # PgBouncer's connections to PostgreSQL
    slow_few: int = 8  # as many as there are threads
    slow_many: int = 1500
    login_clients: int = 16
    login_seconds: float = 20.0  # of each attack
    silence_weeks: int = 1000
    silence_seed: int = 20261129
    rest_quiet: float = 5.0
    rest_seconds: float = 20.0


FULL = Counts()
QUICK = Counts(
    intake_rounds=1,
    intake_seconds=1.0,
    latency_warmup=10,
    latency_messages=40,
    flood_messages=200,
    flood_conversations=20,
    threads_tried="8,24",
    threads_messages=150,
    bad_payloads=4000,
    chaos_messages=150,
    chaos_conversations=25,
    chaos_kills=8,
    chaos_every=1.25,
    rates_messages=400,
    rates_conversations=100,
    matching_rounds=2,
    api_conversations=1000,
    api_requests=5,
    admin_messages=10_000,
    admin_messages_sqlite=5_000,
    admin_tabs=5,
    admin_seconds=4.0,
    admin_rounds=1,
    admin_requests=3,
    hosts_messages=200,
    hosts_conversations=20,
    login_seconds=3.0,
    silence_weeks=100,
    rest_quiet=2.0,
    rest_seconds=3.0,
)
