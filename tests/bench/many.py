"""Very many registrations, put into a database by a few statements."""

from tests.bench.installation import Site

#: People as copies of the first one: only what must differ differs.
_COPY = """
    INSERT INTO {table} ({columns}) SELECT {values} FROM {table} r CROSS JOIN generate_series(1, {count}) AS n
    WHERE r.id = (SELECT min(id) FROM {table})
"""
_TABLES = ("registrations_organisation", "registrations_registration", "registrations_delegate")
_DIFFERENT = {
    "id": "{last} + n",
    "organisation_id": "{registrations_organisation} + n",
    "registration_id": "{registrations_registration} + n",
    "number": "'X' || n",
    "uid": "gen_random_uuid()",
    "token_hash": "md5('{table}' || n) || md5(n::text)",
    "email": "'nguoi' || n || '@vidu.example'",
    "contact_email": "'nguoi' || n || '@vidu.example'",
    "phone": "'+8498' || lpad(n::text, 7, '0')",
    "mobile": "'+8498' || lpad(n::text, 7, '0')",
    "contact_phone": "'+8498' || lpad(n::text, 7, '0')",
    "submission_key": "NULL",
    "full_name": "'Nguyễn Văn ' || n",
    "contact_name": "'Nguyễn Văn ' || n",
    "sort_name": "r.sort_name || ' ' || n",
    "search_text": "r.search_text || ' ' || n",
}
_GENERATED = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'"


def multiply(site: Site, count: int) -> None:
    """Give ``site``, where one has registered, that many registrations more; its outbox is empty then."""
    last = {table: site.number(f"SELECT max(id) FROM {table}") for table in _TABLES}
    for table in _TABLES:
        columns = [name for (name,) in site.query(_GENERATED, table)]
        names = {**last, "table": table, "last": last[table]}
        values = [_DIFFERENT[name].format(**names) if name in _DIFFERENT else f"r.{name}" for name in columns]
        site.query(_COPY.format(table=table, columns=", ".join(columns), values=", ".join(values), count=count))
        site.query(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    site.query("UPDATE registrations_registration SET confirmed_at = created_at - interval '9 days'")
    site.query("UPDATE registrations_registration SET created_at = created_at - interval '9 days'")
    site.query(
        "UPDATE bridges_bridgepoint b SET seats_taken = (SELECT coalesce(sum(seats), 0) FROM"
        " registrations_registration r WHERE r.bridge_point_id = b.id AND state = 'confirmed')"
    )
    site.query("DELETE FROM outbox_message")


def begin_tomorrow(site: Site, slug: str) -> None:
    """Have the conference ``slug`` begin so that its reminders are due."""
    site.query(
        "UPDATE conference_conference SET starts_at = now() + interval '23 h', ends_at = now() + interval '26 h',"
        " scheduled_at = now() - interval '20 days' WHERE slug = %s",
        slug,
    )
