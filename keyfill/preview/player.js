// One clip that moves: its video is decoded once, and each picture is cut out of it, so that all show the same frame.
"use strict";

{
  const { make, icon } = keyfill;
  const PASSES = ["mask", "albedo", "normal", "depth"];

  keyfill.Player = class {
    // `looks`: what is chosen for all clips (view, left, right, hidden, speed, playing); `held`: whether this one stands
    // still or moves against that.
    constructor(names, size, frames, looks) {
      Object.assign(this, { names, size, frames, looks, frame: 0, divided: .5, seen: false });
      this.stage = make("div", { class: "stage" });
      this.number = make("output", {});
      this.seeker = make("input", { type: "range", min: 0, max: frames - 1, value: 0, step: 1, "aria-label": "frame" });
      this.toggle = make("button", { type: "button" });
      const back = make("button", { type: "button", "aria-label": "a frame back", title: "a frame back (,)" }, icon("back"));
      const next = make("button", { type: "button", "aria-label": "a frame on", title: "a frame on (.)" }, icon("next"));
      back.onclick = () => this.step(-1);
      next.onclick = () => this.step(1);
      this.toggle.onclick = () => this.hold(this.moving);
      this.seeker.oninput = () => this.seek(Number(this.seeker.value));
      this.controls = make("div", { class: "controls" }, this.toggle, back, next, this.seeker, this.number);
      this.root = make("div", { class: "player" }, this.stage, this.controls);
      this.arrange();
      this.tell();
    }

    // The pictures that are to be seen, laid out anew.
    arrange() {
      const { view, left, right, hidden } = this.looks, [width, height] = this.size;
      // Never higher than the window: a portrait would be.
      const fit = `width:calc(${view === "wipe" ? 75 : 85}vh * ${width / height})`;
      this.screens = [];
      this.live = false;
      const screen = (names, ...captions) => {
        const canvas = make("canvas", { width: 2, height: 2, style: `aspect-ratio:${width}/${height};${fit}`, role: "img", "aria-label": names.join(" and ") });
        this.screens.push({ canvas, names });
        return make("figure", {}, canvas, ...captions);
      };
      const caption = name => make("figcaption", {}, name === "depth" ? "depth, red is near" : name);
      if (view === "wipe" && this.names.length > 1) {
        const two = [left, right].map((name, i) => this.names.includes(name) ? name : this.names[i]);
        const figure = screen(two, make("figcaption", { class: "two", style: fit }, make("span", {}, two[0]), make("span", {}, two[1])));
        this.wipe(figure.firstChild);
        this.stage.replaceChildren(make("div", { class: "wiping" }, figure));
      } else {
        const shown = this.names.filter(name => !hidden.has(name) && !(view === "small" && PASSES.includes(name)));
        const row = (names, kind) => names.length ? [make("div", { class: kind }, ...names.map(name => screen([name], caption(name))))] : [];
        this.stage.replaceChildren(...row(shown.filter(name => !PASSES.includes(name)), "pictures"), ...row(shown.filter(name => PASSES.includes(name)), "passes"));
      }
      this.paint();
    }

    // The line between two pictures follows the pointer and the arrow keys.
    wipe(canvas) {
      Object.entries({ tabindex: 0, role: "slider", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(100 * this.divided) }).forEach(([name, value]) => canvas.setAttribute(name, value));
      const move = share => {
        this.divided = Math.min(1, Math.max(0, share));
        canvas.setAttribute("aria-valuenow", Math.round(100 * this.divided));
        this.paint();
      };
      const follow = event => { const box = canvas.getBoundingClientRect(); move((event.clientX - box.left) / box.width); };
      canvas.onpointerdown = event => { canvas.setPointerCapture(event.pointerId); follow(event); };
      canvas.onpointermove = event => { if (event.buttons || event.pointerType === "mouse") follow(event); };
      canvas.onkeydown = event => {
        const by = { ArrowLeft: -.02, ArrowRight: .02 }[event.key];
        if (by) { move(this.divided + by); event.preventDefault(); event.stopPropagation(); }
      };
    }

    // The clip's files: called once its record is there.
    load(place, record) {
      this.place = place;
      this.fps = record.fps;
      this.tiles = Object.fromEntries(record.tiles.map(([name, ...tile]) => [name, tile]));
      this.still = new Image();
      this.still.onload = () => this.paint();
      this.still.src = `${place}.jpg`;
      if (this.seen) this.show();
    }

    // In view: the video is fetched and moves, if it may.
    show() {
      this.seen = true;
      if (!this.place || this.video) return;
      const video = make("video", { loop: "", muted: "", playsinline: "", preload: "auto" });
      this.video = video;
      this.root.append(video);
      video.muted = true;
      video.defaultPlaybackRate = video.playbackRate = this.looks.speed;
      video.onerror = () => { if (video === this.video) { this.number.textContent = "this browser cannot play it (H.264)"; this.drop(); } };
      video.onseeked = () => {
        this.paint();
        if (this.wanted !== undefined && this.wanted !== this.frame) this.goTo(this.wanted);
        else this.wanted = undefined;
      };
      if (this.frame) this.wanted = this.frame;
      video.onloadeddata = () => { if (this.wanted === undefined) this.paint(); else this.goTo(this.wanted); };
      const each = video.requestVideoFrameCallback ? call => video.requestVideoFrameCallback(call) : requestAnimationFrame;
      const tick = (now, shown) => {
        if (video !== this.video) return;
        if (this.wanted === undefined && !video.seeking) this.frame = this.at(shown?.mediaTime ?? video.currentTime);
        this.paint();
        this.tell();
        each(tick);
      };
      each(tick);
      video.src = `${this.place}.mp4`;
      this.go();
    }

    // Out of view: browsers allow few videos at a time. The last frame stays.
    hide() {
      this.seen = false;
      this.drop();
    }

    drop() {
      const video = this.video;
      this.video = undefined;
      if (!video) return;
      video.remove();
      video.removeAttribute("src");
      video.load();
    }

    at(time) { return Math.min(this.frames - 1, Math.max(0, Math.floor(time * this.fps + .01))); }

    goTo(frame) {
      this.frame = frame;
      if (this.video) this.video.currentTime = (frame + .5) / this.fps;
    }

    // While one seek is under way the last frame asked for waits.
    seek(frame) {
      this.hold(true);
      this.wanted = frame;
      if (!this.video?.seeking) this.goTo(frame);
      this.tell(frame);
    }

    step(by) { this.seek(((this.wanted ?? this.frame) + by + this.frames) % this.frames); }

    hold(held) {
      this.held = held;
      if (!held) this.wanted = undefined;
      this.go();
    }

    get moving() { return !(this.held ?? !this.looks.playing); }

    // As it is chosen: for this clip, and for all.
    go() {
      if (this.video) {
        this.video.defaultPlaybackRate = this.video.playbackRate = this.looks.speed;
        if (this.moving) this.video.play().catch(() => {});
        else this.video.pause();
      }
      this.tell();
    }

    tell(frame = this.wanted ?? this.frame) {
      const { moving } = this;
      if (this.told !== moving) {
        this.told = moving;
        this.toggle.replaceChildren(icon(moving ? "pause" : "play"));
        this.toggle.setAttribute("aria-label", moving ? "pause" : "play");
      }
      this.seeker.value = frame;
      this.number.textContent = `frame ${frame + 1} of ${this.frames}`;
    }

    paint() {
      const live = this.video?.readyState >= 2;
      const ready = live ? this.video : !this.live && this.still?.naturalWidth ? this.still : null;
      if (!ready) return;
      this.live ||= live;
      for (const { canvas, names } of this.screens) {
        const [x, y, w, h] = this.tiles[names[0]], context = canvas.getContext("2d");
        if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
        context.drawImage(ready, x, y, w, h, 0, 0, w, h);
        if (names.length < 2) continue;
        const [x2, y2, w2, h2] = this.tiles[names[1]], cut = Math.round(this.divided * w), part = this.divided * w2;
        if (cut < w) context.drawImage(ready, x2 + part, y2, w2 - part, h2, cut, 0, w - cut, h);
        context.fillStyle = "#fff";
        context.fillRect(cut - w / 500, 0, w / 250, h);
      }
    }
  };
}
