"""Runs many jobs, each in its own process: a local pool, Ray, or a slice of an array job.

`farm.produce.produce(clips, out, ...)` makes every `PlannedClip` that the data set in `out` lacks: shards and manifest
in `out`, unfinished clips in `out/work`. `farm.config` says with what limits and where. The process of a clip leaves
`clip.tar` (`pairs.shards.write_shard`) in its folder and prints one JSON line last.

Shard i of a split holds clips [i*n, (i+1)*n) of that split in plan order, whoever made them and when: same plan, same
bytes. JSON keys that vary from run to run (`pairs.record.MEASURED`) are moved from the sample's JSON into the manifest
row; `pairs.dataset.Dataset.info(key)` puts them back.
"""
