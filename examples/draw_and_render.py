"""Draw a person from a seed and render one frame of them, twice lit.

python examples/draw_and_render.py OUT.png [SEED]
"""

import sys

import cv2
import numpy as np

from keyfill import api

out, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7

# A config says what may be drawn; what it leaves out keeps its default. One frame of one clip is enough here.
config = api.load_config(
    {
        "seed": seed,
        "scenes": {"train_clips": 1, "test_clips": 0, "width": 320, "height": 180, "frames": 1},
        "render": {"rooms": "exact", "samples": 16, "studio_samples": 16},
    }
)

# Who it is follows from the seed alone. Nothing is rendered yet: a scene is a record of numbers.
scene = api.draw_scene(config)
light = scene.lightings[0]
print(f"{scene.clip}: in the room {light.hdri}, key to fill {light.key_fill_ratio:.1f}")

# The renderer traces the frame under the room's light and under the studio's.
(pair,) = api.render(scene, config)
source = (pair.source[0] / 1023 * 255).round().astype(np.uint8)
cv2.imwrite(out, np.concatenate([source, pair.target[0]], axis=1)[..., ::-1])
print(f"{out}: left as the room lights them, right as the studio does")
