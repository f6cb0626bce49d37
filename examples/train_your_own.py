"""Train a network of your own on pair shards.

python examples/train_your_own.py out/quick/pairs [STEPS]
"""

import sys

import torch
from torch.utils.data import DataLoader

from keyfill import api

folder, steps = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200
torch.manual_seed(0)

# Any frame at random, each checked as it is read; the order is a function of the seed and can be resumed.
reader = api.Reader(folder, split="train")
sampler = api.EpochSampler(len(reader), seed=7)
loader = DataLoader(reader, batch_size=min(4, len(reader)), sampler=sampler, num_workers=0)

# The smallest network that can relight: what it adds to each pixel follows from the pixel alone.
network = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 1), torch.nn.ReLU(), torch.nn.Conv2d(16, 3, 1))
optimiser = torch.optim.AdamW(network.parameters(), 1e-2)


def batches():
    while True:
        yield from loader


for step, batch in zip(range(steps), batches(), strict=False):
    # The reader hands out (B, 1, H, W, 3) uint8 sRGB: a batch of windows of one frame.
    source, target = (batch[name][:, 0].permute(0, 3, 1, 2).float() / 255 for name in ("source", "target"))
    loss = (source + network(source) - target).abs().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    if step in (0, steps - 1):
        print(f"step {step + 1}: mean error {255 * loss.item():.1f} of 255 levels", flush=True)
