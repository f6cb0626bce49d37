// How much each layer counts: the room's light on it, the studio's lights, and the camera's exposure, as keyfill relight
// has them.
"use strict";

{
  const RADIANS = Math.PI / 180, LUMA = [.2126, .7152, .0722];
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const srgb = x => x <= .0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - .055;

  // Of a black body, luminance 1.
  keyfill.kelvin = temperature => {
    const { from, step, colours } = keyfill.set.kelvin, at = Math.min(Math.max((temperature - from) / step, 0), colours.length - 1);
    const low = Math.min(Math.floor(at), colours.length - 2), part = at - low;
    return [0, 1, 2].map(c => colours[low][c] * (1 - part) + colours[low + 1][c] * part);
  };

  // A room, turned, as factors of the room's layers: three numbers a light.
  const roomWeights = (clip, room, state) => {
    const count = clip.lights.filter(light => light.of === "room").length, sums = new Float64Array(3 * count);
    if (!clip.grid) {
      const index = clip.lightings.findIndex(one => one.room === state.room && one.turned_deg === state.turned_deg);
      if (index >= 0) sums.fill(1, 3 * index, 3 * index + 3);
      return sums;
    }
    const { rows, omega, factors, steps } = clip.grid, columns = 2 * rows, { labels, shares } = clip, texels = rows * columns;
    const shift = -state.turned_deg / 360 * columns, whole = Math.floor(shift), part = shift - whole < 1e-6 ? 0 : shift - whole;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const near = 3 * (row * columns + (((column - whole) % columns) + columns) % columns);
        const next = 3 * (row * columns + (((column - whole - 1) % columns) + columns) % columns);
        const light = [0, 1, 2].map(c => omega[row] * (room.grid[near + c] * (1 - part) + room.grid[next + c] * part));
        for (let at = row * columns + column; at < labels.length; at += texels) {
          const share = shares ? shares[at] / steps : 1;
          if (share) for (let c = 0; c < 3; c++) sums[3 * labels[at] + c] += share * light[c];
        }
      }
    }
    for (let light = 0; light < count; light++) for (let c = 0; c < 3; c++) sums[3 * light + c] *= factors[light];
    return sums;
  };

  // A studio light made of the stage's: how much each of them counts, and what a card turned to the camera gets of it.
  const around = (clip, { azimuth_deg, elevation_deg, spread_deg }) => {
    const azimuth = azimuth_deg * RADIANS, elevation = elevation_deg * RADIANS, spread = spread_deg * RADIANS;
    const { level, right } = clip.axes, up = [0, 0, 1];
    const toward = [0, 1, 2].map(i => Math.cos(elevation) * (Math.cos(azimuth) * level[i] + Math.sin(azimuth) * right[i]) + Math.sin(elevation) * up[i]);
    const room = clip.lights.filter(light => light.of === "room");
    const angles = room.map(light => Math.acos(Math.min(1, Math.max(-1, dot(light.direction, toward)))));
    const least = Math.min(...angles) ** 2;
    const lobe = room.map((light, i) => light.angle_sr * Math.exp((least - angles[i] ** 2) / (2 * spread ** 2)));
    const facing = to => lobe.reduce((sum, share, i) => sum + share * Math.max(0, dot(room[i].direction, to)), 0);
    const scale = Math.PI / Math.max(facing(toward), 1e-12), seen = scale * facing(clip.camera) / Math.PI;
    return [lobe.map(share => scale * share), seen];
  };

  const studioWeights = (clip, state) => {
    const weights = new Float64Array(3 * clip.lights.length), rows = {}, facing = {};
    clip.lights.forEach((light, index) => { if (light.name in clip.facing) { rows[light.name] = [[index, 1]]; facing[light.name] = clip.facing[light.name]; } });
    for (const name of ["key", "fill", "rim"]) {
      if (!state[name]) continue;
      const [lobe, seen] = around(clip, state[name]);
      rows[name] = lobe.map((share, index) => [index, share]);
      facing[name] = seen;
    }
    const key = keyfill.kelvin(state.key_temperature_k), fill = keyfill.kelvin(state.fill_temperature_k).map(c => c / state.key_fill_ratio);
    const card = dot(LUMA, key) * facing.key + dot(LUMA, fill) * facing.fill;
    const colours = { key, fill, rim: key.map(c => c * state.rim_gain) };
    for (const [name, parts] of Object.entries(rows)) {
      for (const [index, share] of parts) for (let c = 0; c < 3; c++) weights[3 * index + c] += share * colours[name][c] / card;
    }
    return weights;
  };

  // Before exposure: `source` and `target`, three numbers a light; `room`, what the room alone sends, for the map.
  keyfill.weights = (clip, room, state) => {
    const source = new Float64Array(3 * clip.lights.length), lights = roomWeights(clip, room, state);
    source.set(lights);
    clip.lights.forEach((light, index) => {
      const gain = state.layer_gains[light.name];
      if (gain) for (let c = 0; c < 3; c++) source[3 * index + c] *= gain[c];
      if (light.name === "lamp") keyfill.kelvin(state.desk_lamp_temperature_k).forEach((colour, c) => { source[3 * index + c] = colour * state.desk_lamp_gain * room.mean; });
    });
    return { room: lights, source, target: studioWeights(clip, state) };
  };

  // The camera: it meters on one frame for the whole clip.
  keyfill.Meter = class {
    // The metered frame, half floats as they are stored; `face`: where a face may be, a byte a pixel.
    constructor(clip, { layers: words, alpha: covered, things }, face) {
      const alpha = Float32Array.from(covered, word => keyfill.half[word]);
      Object.assign(this, { clip, words, alpha });
      const [width, height] = clip.size, [x0, y0, x1, y1] = clip.box;
      this.face = [];
      this.subject = [];
      this.inside = new Int32Array(width * height).fill(-1);
      for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) {
        const here = (y - y0) * (x1 - x0) + x - x0;
        this.inside[y * width + x] = here;
        if (alpha[here] * (1 - keyfill.half[things[here]]) <= .5) continue;
        this.subject.push(here);
        if (face[y * width + x]) this.face.push(here);
      }
    }

    // Luminance of the subject under `weights`, over the box.
    luma(weights) {
      const { words, alpha } = this, count = alpha.length, sum = new Float32Array(count), { half } = keyfill;
      for (let light = 0; light < weights.length / 3; light++) {
        const [r, g, b] = LUMA.map((share, c) => share * weights[3 * light + c]);
        if (!(r || g || b)) continue;
        for (let pixel = 0, at = 3 * light * count; pixel < count; pixel++, at += 3) sum[pixel] += r * half[words[at]] + g * half[words[at + 1]] + b * half[words[at + 2]];
      }
      return sum;
    }

    mean(values, where) { return where.reduce((sum, pixel) => sum + values[pixel], 0) / where.length; }

    target(studio) {
      const { target_level: level, target_skin: skin } = this.clip.studio;
      if (!this.face.length || skin === 0) return level;
      const wanted = level * (.25 / Math.max(this.mean(studio, this.face), 1e-4)) ** skin;
      const sorted = Float32Array.from(this.subject, pixel => studio[pixel]).sort(), at = .99 * (sorted.length - 1), low = Math.floor(at);
      const most = sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
      return Math.min(wanted, Math.max(level, 1 / Math.max(most, 1e-4)));
    }

    // The factor at which the whole frame has the mean level that is wanted.
    frame(luma, wanted) {
      const counts = new Float64Array(64 * 128), sums = new Float64Array(64 * 128);
      let mean = 0;
      for (let pixel = 0; pixel < luma.length; pixel++) {
        const value = luma[pixel], bin = value > 0 ? Math.min(Math.max(Math.round((Math.log2(value) + 32) * 128), 0), counts.length - 1) : 0;
        counts[bin]++;
        sums[bin] += value;
        mean += value / luma.length;
      }
      if (mean <= 0) return 1;
      const bins = [];
      counts.forEach((count, bin) => { if (count) bins.push([count, sums[bin]]); });
      const level = factor => { let sum = 0; for (const [count, all] of bins) sum += count * srgb(Math.min(1, all / count * factor)); return sum / luma.length; };
      let low = -20, high = 20;
      while (high - low > 1e-4) {
        const middle = (low + high) / 2;
        if (level(2 ** middle / mean) < wanted) low = middle; else high = middle;
      }
      return 2 ** ((low + high) / 2) / mean;
    }

    // `plate`: what stands behind, before exposure.
    exposures(weights, plate, { exposure_ev: stops, webcam }) {
      const { frame_level, face_weight, face_goal, face_limits: [least, most] } = webcam;
      const room = this.luma(weights.source), studio = this.luma(weights.target), target = this.target(studio);
      const luma = new Float32Array(this.inside.length);
      for (let pixel = 0; pixel < luma.length; pixel++) {
        const here = this.inside[pixel], behind = LUMA[0] * plate[3 * pixel] + LUMA[1] * plate[3 * pixel + 1] + LUMA[2] * plate[3 * pixel + 2];
        luma[pixel] = here < 0 ? behind : room[here] + (1 - this.alpha[here]) * behind;
      }
      const chosen = this.frame(luma, frame_level), light = this.face.length ? this.faceLight(luma) : 0;
      if (light <= 0) return { source: chosen * 2 ** stops, target };
      const atTarget = this.mean(studio, this.face) * target / light;
      const source = chosen ** (1 - face_weight) * (face_goal * atTarget) ** face_weight * 2 ** stops;
      const held = Math.min(Math.max(source, least * atTarget), most * atTarget);
      return { source: held, target, limit: held === source ? "" : held < source ? "most" : "least" };
    }

    faceLight(luma) {
      const [width] = this.clip.size, [x0, y0, x1] = this.clip.box, across = x1 - x0;
      return this.face.reduce((sum, here) => sum + luma[(y0 + Math.floor(here / across)) * width + x0 + here % across], 0) / this.face.length;
    }
  };
}
