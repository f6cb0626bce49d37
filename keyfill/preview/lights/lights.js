// The desk: what is chosen, what follows from it, and its numbers.
"use strict";

{
  const { make, icon } = keyfill;
  const $ = id => document.getElementById(id);
  const KEYS = ["exposure_ev", "key_fill_ratio", "key_temperature_k", "fill_temperature_k", "rim_gain", "target_ambient", "desk_lamp_gain", "desk_lamp_temperature_k"];
  const OF_SOURCE = ["room", "turned_deg", "exposure_ev", "desk_lamp_gain", "desk_lamp_temperature_k"];
  const PLACED = { key: { azimuth_deg: 40, elevation_deg: 25, spread_deg: 15 }, fill: { azimuth_deg: -40, elevation_deg: 10, spread_deg: 30 }, rim: { azimuth_deg: 150, elevation_deg: 35, spread_deg: 10 } };

  const trouble = error => {
    $("trouble").hidden = false;
    $("trouble").textContent = error.message || String(error);
    $("loading").textContent = "";
  };

  // A clip, opened: its files as they are needed.
  class Clip {
    static async open(key) {
      const clip = new Clip();
      Object.assign(clip, await keyfill.load(`media/${key}.js`));
      clip.name = key;
      clip.rays = await keyfill.floats(clip.rays);
      clip.labels = clip.grid && await keyfill.words(clip.grid.labels);
      clip.shares = clip.grid && clip.grid.shares && await keyfill.words(clip.grid.shares);
      clip.cache = { rooms: new Map(), frames: new Map() };
      return clip;
    }

    once(kind, at, make) {
      const held = this.cache[kind];
      if (!held.has(at)) held.set(at, make());
      return held.get(at);
    }

    room(name) {
      return this.once("rooms", name, async () => {
        const room = await keyfill.load(`media/${this.name}.room-${String(this.rooms.indexOf(name)).padStart(2, "0")}.js`);
        return { ...room, grid: await keyfill.halves(room.grid, room.grid_scale), strip: await keyfill.halves(room.strip, room.strip_scale) };
      });
    }

    frame(index) {
      return this.once("frames", index, async () => {
        const told = await keyfill.load(`media/${this.name}.${String(this.frames[index]).padStart(6, "0")}.js`);
        return Object.fromEntries(await Promise.all(Object.entries(told).map(async ([name, text]) => [name, await keyfill.words(text)])));
      });
    }

    // The degraded pictures: every frame of a lighting, as images.
    pictures(key) {
      return this.picturesOf ??= keyfill.load(`media/${this.name}.degraded.js`).then(all => Promise.all(Object.entries(all).map(async ([name, frames]) => [name, await Promise.all(frames.map(async src => { const image = new Image(); image.src = src; await image.decode(); return image; }))]))).then(Object.fromEntries);
    }
  }

  class Desk {
    constructor(clip, sums, meter) {
      Object.assign(this, { clip, sums, meter, index: clip.metered, current: -1, degraded: false, done: 0, asked: 0 });
      const [width, height] = clip.size;
      for (const canvas of [$("source"), $("target")]) Object.assign(canvas, { width, height });
      this.take(clip.lightings[0]);
      this.build();
      this.update();
    }

    // A lighting of the clip, as the starting point.
    take(lighting) {
      const { key, ...said } = lighting;
      this.state = { layer_gains: {}, ...structuredClone(said) };
      this.painted = {};
    }

    change(said) {
      Object.assign(this.state, said);
      this.update();
    }

    build() {
      const { clip } = this, has = name => clip.lights.some(light => light.name === name), olat = clip.mode === "olat";
      this.sliders = {};
      const slide = (name, rule) => (this.sliders[name] = keyfill.slider(rule, value => this.change({ [name]: value }))).root;
      const warm = { least: 1700, most: 15000, step: 50, colour: keyfill.kelvin };

      this.dial = keyfill.dial(turned_deg => this.change({ turned_deg }));
      this.rooms = make("select", { "aria-label": "room" }, ...clip.rooms.map(name => make("option", {}, name)));
      this.rooms.onchange = () => {
        const traced = clip.grid ? {} : { turned_deg: clip.lightings.find(one => one.room === this.rooms.value).turned_deg };
        this.change({ room: this.rooms.value, ...traced });
      };
      this.own = make("select", { "aria-label": "lighting of the clip" }, ...clip.lightings.map(one => make("option", { value: one.key }, one.key)), make("option", { value: "", disabled: "" }, "another, by hand"));
      this.own.onchange = () => { this.take(clip.lightings.find(one => one.key === this.own.value)); this.update(); };
      this.check = make("input", { type: "checkbox", id: "degraded" });
      this.check.onchange = () => { this.degraded = this.check.checked; this.update(); };
      this.check.disabled = !clip.degraded.keys.length;
      this.remark = make("p", { id: "of-degraded" });
      const turn = clip.grid ? make("div", { class: "turn" }, this.dial.root, make("div", {}, make("label", {}, "room ", this.rooms), slide("turned_deg", { label: "turned", least: 0, most: 360, step: 1, unit: "degrees" })))
        : make("div", { class: "turn" }, make("label", {}, "room ", this.rooms), make("p", {}, "render.rooms: exact has traced these rooms as they stand: no dial."));
      $("room").replaceChildren(
        make("div", { class: "turn" }, make("label", {}, "as in ", this.own)), turn,
        slide("exposure_ev", { label: "exposure", least: -4, most: 4, step: .05, unit: "stops" }), this.held = make("p", { id: "held" }),
        ...has("lamp") ? [slide("desk_lamp_gain", { label: "desk lamp", least: 0, most: 8, step: .01, bent: "squares" }), slide("desk_lamp_temperature_k", { label: "its colour, K", ...warm })] : [],
        make("div", { class: "part" }, make("label", { class: "check" }, this.check, " degraded, as a webcam and a call send it"), this.remark));

      this.places = {};
      const place = name => {
        const box = make("input", { type: "checkbox" }), parts = ["azimuth_deg", "elevation_deg", "spread_deg"], inner = make("div", { hidden: "" });
        const sliders = parts.map((part, i) => keyfill.slider({ label: ["azimuth", "elevation", "spread"][i], least: [-180, -90, 1][i], most: [180, 90, 90][i], step: 1, unit: "degrees" }, value => this.change({ [name]: { ...this.state[name], [part]: value } })));
        box.onchange = () => { if (box.checked) this.change({ [name]: { ...PLACED[name] }, ...name === "rim" && !this.state.rim_gain ? { rim_gain: 1 } : {} }); else { delete this.state[name]; if (name === "rim" && !has("rim")) this.state.rim_gain = 0; this.update(); } };
        inner.append(...sliders.map(slider => slider.root));
        this.places[name] = () => {
          box.checked = Boolean(this.state[name]);
          inner.hidden = !this.state[name];
          if (this.state[name]) parts.forEach((part, i) => sliders[i].show(this.state[name][part]));
        };
        return make("div", {}, make("label", { class: "check" }, box, ` ${name} stands elsewhere, made of the room's lights`), inner);
      };
      $("studio").replaceChildren(
        slide("key_fill_ratio", { label: "key : fill", least: .25, most: 32, step: .01, bent: "powers" }),
        slide("key_temperature_k", { label: "key, K", ...warm }), slide("fill_temperature_k", { label: "fill, K", ...warm }),
        ...has("rim") || olat ? [slide("rim_gain", { label: "rim", least: 0, most: 8, step: .01, bent: "squares" })] : [],
        slide("target_ambient", { label: "room's light too", least: 0, most: 1, step: .01 }),
        ...olat ? [make("div", { class: "part" }, ...["key", "fill", "rim"].map(place))] : []);

      const room = clip.lights.filter(light => light.of === "room");
      this.map = clip.grid && keyfill.map(room, index => this.choose(index, true));
      this.each = room.map((light, index) => {
        const range = make("input", { type: "range", min: 0, max: 4, step: "any", "aria-label": `${light.name}, how strong` });
        const colour = make("input", { type: "color", "aria-label": `${light.name}, colour` });
        const only = make("button", { type: "button", title: "switch all others off" }, "only"), told = make("span", {});
        const paint = () => this.paint(light.name, range.value ** 2, colour.value);
        range.oninput = colour.oninput = paint;
        only.onclick = () => { for (const one of room) this.set(one.name, one === light ? 1 : 0, "#ffffff"); this.choose(index); this.update(); };
        const where = "azimuth_deg" in light ? `${Math.round(light.azimuth_deg)}° ${Math.round(light.elevation_deg)}°` : "";
        const root = make("div", { class: "light", "data-light": light.name }, make("span", {}, light.name), make("span", { class: "where", title: "azimuth, elevation" }, where), range, told, colour, only);
        root.onclick = () => this.choose(index);
        const show = () => {
          const { gain, hex } = this.painted[light.name] || this.said(light.name);
          range.value = Math.sqrt(gain);
          colour.value = hex;
          told.textContent = `x${Number(gain.toPrecision(2))}`;
        };
        return { root, show };
      });
      const all = make("button", { type: "button" }, "all as the room has them"), none = make("button", { type: "button" }, "all off");
      all.onclick = () => { this.painted = {}; this.change({ layer_gains: {} }); };
      none.onclick = () => { for (const light of room) this.set(light.name, 0, "#ffffff"); this.update(); };
      $("lights").replaceChildren(...this.map ? [this.map.root] : [], make("p", {}, "Each is a factor on what the room sends from there: strength and colour. The camera exposes anew, as a webcam does."), make("div", { class: "buttons" }, all, none), make("div", { id: "each" }, ...this.each.map(one => one.root)));

      this.config = make("pre", { id: "config", tabindex: 0 });
      const copy = make("button", { type: "button" }, "copy");
      copy.onclick = async () => { try { await navigator.clipboard.writeText(this.config.textContent); copy.textContent = "copied"; } catch { getSelection().selectAllChildren(this.config); copy.textContent = "selected: Ctrl-C"; } setTimeout(() => { copy.textContent = "copy"; }, 1500); };
      this.told = make("p", { id: "told" });
      $("numbers").replaceChildren(this.config, make("div", { class: "buttons" }, copy), this.told,
        make("p", {}, "Saved as lights.yaml, this makes the pair: ", make("code", {}, `keyfill relight ${keyfill.set.folder} --out DIR --lights lights.yaml`)));

      $("back").replaceChildren(icon("back"));
      $("next").replaceChildren(icon("next"));
      $("frame").max = clip.frames.length - 1;
      $("frame").oninput = () => this.show(Number($("frame").value), true);
      $("back").onclick = () => this.show(this.index - 1, true);
      $("next").onclick = () => this.show(this.index + 1, true);
      $("play").onclick = () => this.play(!this.playing);
      for (const id of ["play", "back", "next", "frame"]) $(id).disabled = clip.frames.length < 2;
      this.play(false);
    }

    // What is said of a light, as a strength and a colour.
    said(name) {
      const gain = this.state.layer_gains[name] || [1, 1, 1], most = Math.max(...gain);
      return { gain: most, hex: most ? keyfill.hex(gain) : "#ffffff" };
    }

    set(name, gain, hex) {
      this.painted[name] = { gain, hex };
      const said = keyfill.linear(hex).map(c => Number((gain * c).toPrecision(4)));
      if (said.every(c => c === 1)) delete this.state.layer_gains[name];
      else this.state.layer_gains[name] = said;
    }

    paint(name, gain, hex) {
      this.set(name, Number(gain.toPrecision(3)), hex);
      this.update();
    }

    choose(index, scroll) {
      this.current = index;
      this.each.forEach((one, i) => one.root.setAttribute("aria-current", i === index));
      const { root } = this.each[index];
      if (scroll) root.parentNode.scrollTop = root.offsetTop - root.parentNode.offsetTop - root.parentNode.clientHeight / 2;
      if (this.weights) this.map?.show(this.weights.source, index);
    }

    play(on) {
      this.playing = on;
      $("play").replaceChildren(icon(on ? "pause" : "play"));
      $("play").setAttribute("aria-label", on ? "pause" : "play");
      clearTimeout(this.timer);
      const step = async () => {
        const began = performance.now();
        await this.show(this.index + 1);
        if (this.playing) this.timer = setTimeout(step, Math.max(0, 1000 / this.clip.fps - (performance.now() - began)));
      };
      if (on) step();
    }

    show(index, still) {
      if (still && this.playing) this.play(false);
      const count = this.clip.frames.length;
      this.index = (index + count) % count;
      return this.update();
    }

    // Everything that follows from what is chosen; while it is under way, the last change waits.
    update() {
      this.asked++;
      this.running ??= this.follow().catch(trouble).finally(() => { this.running = undefined; });
      return this.running;
    }

    async follow() {
      while (this.done < this.asked) {
        const upTo = this.asked, { clip, state } = this, index = this.index;
        const room = await clip.room(state.room), frame = await clip.frame(index);
        const behind = JSON.stringify([state.room, state.turned_deg]), light = JSON.stringify(state);
        if (this.behind !== behind) {
          this.plate = keyfill.plate(clip, room, state.turned_deg);
          this.sums.plate(this.plate);
          this.behind = behind;
        }
        if (this.light !== light) {
          this.weights = keyfill.weights(clip, room, state);
          this.exposure = this.meter.exposures(this.weights, this.plate, state);
          this.light = light;
          this.tell();
        }
        if (this.uploaded !== index) {
          this.sums.frame(frame);
          this.uploaded = index;
        }
        await this.draw(index);
        await new Promise(requestAnimationFrame);
        this.done = upTo;
      }
    }

    async draw(index) {
      const { weights, exposure, state, clip } = this, own = this.lighting();
      const room = weights.source.map(weight => weight * exposure.source);
      const aged = this.degraded && own && clip.degraded.keys.includes(own);
      if (aged) $("source").getContext("2d").drawImage((await clip.pictures())[own][index], 0, 0);
      else this.sums.draw(room, room, exposure.source, $("source"));
      this.sums.draw(weights.target.map((weight, i) => weight * exposure.target + state.target_ambient * room[i]), room, exposure.source, $("target"));
      $("source-said").textContent = aged ? "source, degraded" : "source: the room's light";
      $("frame").value = index;
      $("number").textContent = `frame ${clip.frames[index] + 1} of ${clip.total}`;
    }

    // Which of the clip's own lightings the source shows, or none.
    lighting() {
      const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
      return this.clip.lightings.find(one => OF_SOURCE.every(name => one[name] === this.state[name]) && same(one.webcam, this.state.webcam) && same(one.layer_gains || {}, this.state.layer_gains))?.key;
    }

    tell() {
      const { clip, state, exposure } = this;
      this.rooms.value = state.room;
      this.dial.show(state.turned_deg);
      for (const [name, slider] of Object.entries(this.sliders)) slider.show(state[name]);
      for (const show of Object.values(this.places)) show();
      for (const one of this.each) one.show();
      this.map?.show(this.weights.source, this.current);
      const own = this.lighting();
      this.own.value = own ?? "";
      this.check.checked = this.degraded;
      this.remark.textContent = !clip.degraded.keys.length ? "There are no degraded pictures of this clip: write the page from a run that has pair shards, or with --config."
        : `The chain's own pictures of the clip's own lightings, ${clip.degraded.how}; no browser runs the codecs.` + (!this.degraded || clip.degraded.keys.includes(own) ? "" : " What is chosen now is none of these: it is shown as it leaves the renderer.");
      this.config.textContent = keyfill.asConfig(state);
      this.held.textContent = exposure.limit ? `Held at the ${exposure.limit} light that the source's face may have (webcam, face_limits).` : "";
      const number = x => Number(x.toPrecision(4));
      this.told.textContent = `The camera's factor is ${number(exposure.source)} on the room's light, ${number(exposure.target)} on the studio's (a white card is 1). ${clip.lights.length} lights of ${clip.name}, traced by Blender ${clip.engine}; ${clip.of.join("x")} pixels${clip.by > 1 ? `, shown at a ${clip.by}th of the width, metered so too` : ""}.`;
    }
  }

  // The list that keyfill relight --lights takes.
  keyfill.asConfig = state => {
    const number = x => String(Number(x.toPrecision(12)));
    const word = text => /^[A-Za-z][\w.-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(text) ? text : JSON.stringify(text);
    const inner = row => `{${Object.entries(row).map(([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.map(number).join(", ")}]` : number(value)}`).join(", ")}}`;
    const lines = [`room: ${word(state.room)}`, `turned_deg: ${number(state.turned_deg)}`, ...KEYS.map(name => `${name}: ${number(state[name])}`)];
    for (const name of ["webcam", "key", "fill", "rim"]) if (state[name]) lines.push(`${name}: ${inner(state[name])}`);
    const gains = Object.entries(state.layer_gains);
    if (gains.length) lines.push("layer_gains:", ...gains.map(([name, gain]) => `  ${name}: [${gain.map(number).join(", ")}]`));
    return `lightings:\n- ${lines.join("\n  ")}\n`;
  };

  const open = async key => {
    keyfill.opened?.play(false);
    $("work").hidden = true;
    $("trouble").hidden = true;
    try {
      $("loading").textContent = `${key} is being opened ...`;
      const clip = await Clip.open(key), sums = new keyfill.Sums(clip);
      const meter = new keyfill.Meter(clip, await clip.frame(clip.metered), await keyfill.bytes(clip.face));
      $("about").textContent = `${clip.frames.length} of ${clip.total} frames, ${clip.lights.length} lights (render.rooms: ${clip.mode}), ${clip.rooms.length} of ${clip.known} rooms`;
      $("loading").textContent = "";
      $("work").hidden = false;
      keyfill.opened = new Desk(clip, sums, meter);
      await keyfill.opened.running;
    } catch (error) { trouble(error); }
  };

  keyfill.start = set => {
    keyfill.set = set;
    $("folder").textContent = set.folder;
    $("clip").append(...set.clips.map(key => make("option", {}, key)));
    $("clips").hidden = set.clips.length < 2;
    $("clip").onchange = () => open($("clip").value);
    open(set.clips[0]);
  };

  keyfill.load("set.js").then(keyfill.start).catch(trouble);
}
