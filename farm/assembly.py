"""Finished clips into their shard: what an old shard of that name holds is saved first, the row comes last of all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.errors import InputError
from core.identity import digest
from farm.clip_work import ClipWork
from farm.shard_plan import PlannedClip, PlannedShard, ShardFolder, shard_identity
from farm.survey import is_wanted
from farm.verdicts import Verdicts
from pairs.layers import FOLDER
from pairs.shards import Sample, ShardRow, read_member, write_shard


class Assembly:
    """Writes shards into `folder` out of the clips' work folders (`work(clip)`); `log` gets an event for each."""

    def __init__(
        self,
        folder: ShardFolder,
        clip_of: Mapping[str, PlannedClip],
        work: Callable[[PlannedClip], ClipWork],
        verdicts: Verdicts,
        log: Callable[[dict[str, Any]], None],
    ):
        self.folder, self.clip_of, self.work, self.verdicts, self.log = folder, clip_of, work, verdicts, log

    def assemble(self, shard: PlannedShard) -> None:
        """Write a shard from its finished clips, announce it, and only then let the work folders go."""
        for row in self.folder.rows_named(shard.name):
            self._salvage(row)
        ready = [(clip, work) for clip in shard.clips if (work := self.work(clip)).ready()]
        if not ready:
            self.folder.unpublish(shard.name)
            return
        facts: dict[str, dict[str, Any]] = {}
        assets: dict[str, dict[str, Any]] = {}

        def samples() -> Iterator[Sample]:
            for clip, work in ready:
                facts[clip.key] = {**work.facts(), "samples": [], "measured": {}}
                for sample, measured in work.samples():
                    facts[clip.key]["samples"].append(sample.key)
                    facts[clip.key]["measured"][sample.key] = measured
                    for asset in json.loads(sample.members["json"]).get("assets", ()):
                        assets[digest(asset)] = asset
                    yield sample

        for clip, work in ready:
            self._place_layers(clip.key, work)
        self.folder.drop_row(shard.name)
        written = write_shard(self.folder.out / shard.name, samples())
        ledger = sorted(assets.values(), key=lambda asset: json.dumps(asset, sort_keys=True))
        identity = shard_identity([clip for clip, _ in ready])
        self.folder.publish(replace(written, identity=identity, clips=facts, assets=ledger))
        self.log({"event": "shard", "shard": shard.name, "clips": len(ready), "bytes": written.bytes})
        for _, work in ready:
            work.remove()

    def _place_layers(self, key: str, work: ClipWork) -> None:
        """A clip's kept layers, if it has any, to where the data set has them; those of an earlier render go."""
        place = self.folder.out / FOLDER / key
        keeps = "layers" in work.facts()
        if keeps and not work.layers.is_dir():
            return  # moved before a kill, or imported: they have their place
        shutil.rmtree(place, ignore_errors=True)
        if keeps:
            place.parent.mkdir(exist_ok=True)
            os.replace(work.layers, place)

    def import_clip(self, clip: PlannedClip, row: ShardRow) -> bool:
        """Bring a clip from a shard that will go back into its work folder; False when it is another, damaged, or
        another gate had its say in it."""
        if not is_wanted(clip, row, self.verdicts):
            return False
        facts = row.clips[clip.key]
        path = self.folder.out / row.name
        # Member by member: damage elsewhere in the shard costs only the clip it is in.
        members = lambda key: {name: read_member(path, row, key, name, cut=True) for name in row.samples.get(key, ())}
        try:
            self.work(clip).import_samples((Sample(key, members(key)) for key in facts["samples"]), facts)
        except InputError as error:
            self.log({"event": "damaged", "shard": row.name, "reason": str(error)})
            return False
        return True

    def _salvage(self, row: ShardRow) -> None:
        """Before a shard is written over: its clips that the plan still wants, of this shard or another."""
        for key in row.clips:
            clip = self.clip_of.get(key)
            if clip is not None and not self.work(clip).ready():
                self.import_clip(clip, row)
