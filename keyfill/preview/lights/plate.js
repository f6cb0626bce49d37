// What the camera sees of a room behind the person: the room looked up pixel by pixel, out of focus as the lens makes it.
"use strict";

{
  // The disc of a point at infinity, its edge anti-aliased; null below a pixel.
  const disc = diameter => {
    if (diameter <= 1) return null;
    const reach = Math.ceil(diameter / 2 + .5), taps = [];
    let sum = 0;
    for (let y = -reach; y <= reach; y++) for (let x = -reach; x <= reach; x++) {
      const share = Math.min(1, Math.max(0, diameter / 2 + .5 - Math.hypot(x, y)));
      if (share) taps.push([x, y, share]);
      sum += share;
    }
    return taps.map(([x, y, share]) => [x, y, share / sum]);
  };

  const mirrored = (at, size) => {
    if (size === 1) return 0;
    const round = 2 * size - 2, place = ((at % round) + round) % round;
    return place < size ? place : round - place;
  };

  // Linear light, three numbers a pixel.
  keyfill.plate = (clip, room, turned) => {
    const [width, height] = clip.size, count = width * height, sharp = new Float32Array(3 * count);
    const [first, last, rows, columns] = room.strip_at, { strip } = room;
    for (let pixel = 0; pixel < count; pixel++) {
      let across = (clip.rays[pixel] + turned / 360) % 1;
      if (across < 0) across++;
      // As OpenCV looks up: places to a 32nd of a texel.
      const x = Math.round((across * columns - .5) * 32) / 32;
      const y = Math.round(Math.min(Math.max(clip.rays[count + pixel] * rows - .5, 0), rows - 1) * 32) / 32;
      const left = Math.floor(x), top = Math.floor(y), a = x - left, b = y - top;
      const x0 = (left + columns) % columns, x1 = (left + 1) % columns;
      const y0 = Math.min(Math.max(top - first, 0), last - first - 1), y1 = Math.min(Math.max(top + 1 - first, 0), last - first - 1);
      for (let c = 0; c < 3; c++) {
        const at = (row, column) => strip[3 * (row * columns + column) + c];
        sharp[3 * pixel + c] = (1 - b) * ((1 - a) * at(y0, x0) + a * at(y0, x1)) + b * ((1 - a) * at(y1, x0) + a * at(y1, x1));
      }
    }
    clip.disc ??= [disc(clip.blur)];
    const [taps] = clip.disc;
    if (!taps) return sharp;
    const blurred = new Float32Array(3 * count);
    for (const [dx, dy, share] of taps) {
      for (let y = 0; y < height; y++) {
        const row = mirrored(y + dy, height) * width;
        for (let x = 0; x < width; x++) {
          const from = 3 * (row + mirrored(x + dx, width)), to = 3 * (y * width + x);
          blurred[to] += share * sharp[from];
          blurred[to + 1] += share * sharp[from + 1];
          blurred[to + 2] += share * sharp[from + 2];
        }
      }
    }
    return blurred;
  };
}
