"""Runs many jobs, each in its own process: a local pool, Ray, or a slice of an array job.

What a command calls:

    from farm.produce import PlannedClip, produce

    report = produce(
        clips,                        # Sequence[PlannedClip(key, identity, build, split="")], in plan order
        out,                          # Path of the data set: shards and manifest; OUT/work holds unfinished clips
        clips_per_shard=20,
        header={...},                 # for manifest.json: config, versions, ...; plain JSON, the same on every run
        kind="clean",
        workers=2, gpus=(), ray=None, # ray="local", "auto" or an address: farm.ray_pool instead of the local pool
        slice_of=None,                # (index, number) for --shard-index/--num-shards: shards index, index+number, ...
        gpu_share=0.0, cpus=1.0,      # on Ray: what a clip takes of the cluster
        gate=None,                    # a `pairs.gate_config.GateConfig`: each clip is judged before it enters
        attempts=3, timeout_s=..., memory_bytes=0, min_free_bytes=..., recheck=False,
        on_event=None,                # gets plain dictionaries as things happen; they also go to OUT/events.jsonl
        progress=None,                # progress(done, total, text)
    ) -> Report(clips, made, kept, quarantined: {key: reason}, shards, seconds)

`PlannedClip.identity` is `core.identity.digest(...)` of all that the clip depends on. `PlannedClip.build(folder,
draw)` writes what the process needs into `folder` (the clip's own work folder, made already; checkpoints there survive
a kill) and returns the command line; the process leaves `folder / "clip.tar"` (pairs.shards.write_shard) and prints one
JSON line last. `draw` is 0, and 1, 2, ... when the gate refused a clip and `gate.redraws` allows another.

Shard i of a split holds clips [i*n, (i+1)*n) of that split in plan order, whoever made them and when: same plan, same
bytes. JSON keys that vary from run to run ("seconds_per_frame", "device") are moved from the sample's JSON into the
manifest row; `pairs.dataset.Dataset.info(key)` puts them back.
"""
