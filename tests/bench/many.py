"""Very many registrations, put into a database by a few statements."""

from tests.chaos.rig import Site

#: People as copies of the first one: only what must differ differs.
_COPY = """
    INSERT INTO {table} ({columns}) SELECT {values} FROM {table} r CROSS JOIN generate_series(1, %(count)s) AS n
    WHERE r.id = (SELECT min(id) FROM {table})
"""
_DIFFERENT = {
    "id": "{table_id} + n",
    "registration_id": "{registration_id} + n",
    "number": "'X' || n",
    "uid": "gen_random_uuid()",
    "token_hash": "md5('{table}' || n) || md5(n::text)",
    "email": "'nguoi' || n || '@vidu.example'",
    "contact_email": "'nguoi' || n || '@vidu.example'",
    "phone": "'+8498' || lpad(n::text, 7, '0')",
    "mobile": "'+8498' || lpad(n::text, 7, '0')",
    "submission_key": "NULL",
}


def multiply(site: Site, count: int) -> None:
    """Give ``site`` that many registrations more, each with a delegate; its outbox is empty then."""
    ids = {
        table: site.number(f"SELECT max(id) FROM {table}")
        for table in ("registrations_registration", "registrations_delegate")
    }
    for table, last in ids.items():
        columns = [
            name
            for (name,) in site.query("SELECT column_name FROM information_schema.columns WHERE table_name = %s", table)
        ]
        names = {"table": table, "table_id": last, "registration_id": ids["registrations_registration"]}
        values = [_DIFFERENT[c].format(**names) if c in _DIFFERENT else f"r.{c}" for c in columns]
        sql = _COPY.format(table=table, columns=", ".join(columns), values=", ".join(values))
        site.query(sql.replace("%(count)s", str(count)))
    site.query("UPDATE registrations_registration SET confirmed_at = created_at - interval '9 days'")
    site.query("UPDATE registrations_registration SET created_at = created_at - interval '9 days'")
    site.query("DELETE FROM outbox_message")
