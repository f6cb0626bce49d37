"""The command that lists the methods there are."""

from __future__ import annotations

from keyfill.app import COMMON, Common, Json, app, as_json, model_group, print_table, show_progress


@app.command(group=model_group)
def methods(*, json: Json = False, common: Common = COMMON) -> None:
    """List all methods: parameters, multiply-accumulates of a frame at 1280x720, and whether Core ML takes them.

    For example:

    - `keyfill methods`
    - `keyfill methods --json`
    """
    from dataclasses import asdict

    from train_baseline.export import listing

    rows = []
    with show_progress("methods", common) as progress:
        found = list(listing.all_methods())
        for number, (name, method) in enumerate(found, 1):
            rows.append(listing.facts_of(name, method))
            progress(number, len(found), name)
    if json:
        print(as_json([asdict(row) for row in rows]))
        return
    print_table(listing.methods_table(rows), "GMACs at 1280x720: convolutions and matrices; all operations")
    for row in rows:
        print(f"{row.name}: {row.what}")
