"""Kept layers in a training loop: each step lights a random frame of a random clip by a light that was never rendered.

python examples/olat_torch.py out/clean/layers [STEPS]
"""

import sys
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset

from keyfill import api


class Olat(Dataset):
    """Item: the layers of one frame, `(lights, 3, h, w)` linear light, and their directions `(lights, 3)`."""

    def __init__(self, folder):
        self.clips = [api.load_layers(place) for place in sorted(Path(folder).iterdir())]
        self.items = [(clip, number) for clip in self.clips for number in range(len(clip.info.frames))]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        clip, number = self.items[index]
        room = [place for place, light in enumerate(clip.info.lights) if light.of == "room"]
        layers = torch.from_numpy(clip.frame(number).radiance[room].transpose(0, 3, 1, 2).copy())
        return layers, torch.tensor([clip.info.lights[place].direction for place in room])


steps = int(sys.argv[2]) if len(sys.argv) > 2 else 4
frames = Olat(sys.argv[1])
loader = DataLoader(frames, batch_size=1, shuffle=True, generator=torch.Generator().manual_seed(1))
directions = torch.nn.functional.normalize(torch.randn(steps, 3, generator=torch.Generator().manual_seed(2)), dim=1)
for step, (layers, where) in zip(range(steps), (batch for _ in iter(int, 1) for batch in loader), strict=False):
    # A soft light from a drawn direction: the nearer a layer's light, the more it counts.
    weights = torch.exp(8 * (where @ directions[step] - 1))
    lit = torch.einsum("bl,blchw->bchw", weights, layers.float())
    print(f"step {step}: a batch {tuple(lit.shape)}, mean light {lit.mean():.4f}")
