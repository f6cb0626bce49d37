"""One clip under three studios, then through a webcam and a call.

python examples/relight_and_degrade.py OUT.png
"""

import sys

import cv2
import numpy as np

from keyfill import api

out = sys.argv[1]
config = api.load_config(
    {
        "seed": 3,
        "scenes": {"train_clips": 1, "test_clips": 0, "width": 192, "height": 108, "fps": 10, "frames": 3},
        "render": {"rooms": "exact", "samples": 8, "studio_samples": 8},
        "degrade": {
            "light": {"exposure": {"ev": [-1.0, 0.0]}},
            "sensor": {"shot": [0.001, 0.006]},
            "first": {"jpeg": {"quality": [30, 80]}},
            "codec": {},
        },
    }
)

# Light adds up: the clip is traced once, and each balance of key and fill is a weighted sum of what was traced.
scene = api.relit(api.draw_scene(config), *({"key_fill_ratio": ratio} for ratio in (1.0, 3.0, 9.0)))
pairs = api.render(scene, config)
for lighting, pair in zip(scene.lightings, pairs, strict=True):
    print(f"{pair.key}: key to fill {lighting.key_fill_ratio:g}")

# A degradation is drawn first, every number of it, and then done. The record says what was done.
params = api.draw_degradation(config, pairs[0].key, pairs[0].source, config.scenes.fps)
called = api.degrade(pairs[0].source, params)
print(f"noise {params.sensor.shot:.4f}, JPEG quality {params.first.jpeg.quality}, {params.codec.kind}")

middle = len(called) // 2
cv2.imwrite(out, np.concatenate([called[middle], *(pair.target[middle] for pair in pairs)], axis=1)[..., ::-1])
print(f"{out}: the source as it arrives in the call, and the target under three studios")
