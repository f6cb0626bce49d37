// One clip of the page: what the set knows of it at once, the rest when it comes near.
"use strict";

{
  const { make } = keyfill;
  const waiting = new Map();

  // Records call this; which clip it is, the script that was asked for knows.
  keyfill.clip = record => waiting.get(document.currentScript)?.(record);

  const fetchRecord = (place, told, failed) => {
    const script = make("script", { src: `${place}.js` });
    const over = () => { waiting.delete(script); script.remove(); };
    waiting.set(script, told);
    script.onload = over;
    script.onerror = () => { over(); failed(); };
    document.head.append(script);
  };

  const list = rows => make("dl", {}, ...Object.entries(rows).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));

  keyfill.Card = class {
    constructor(set, clip, looks, sorted) {
      const key = set.keys[clip], [width, height] = set.sizes[clip];
      this.place = `media/${key}`;
      this.player = new keyfill.Player(set.pictures.values[clip].map(number => set.pictures.words[number]), set.sizes[clip], set.frames[clip], looks);
      this.below = make("div", { class: "below" });
      const split = set.facts.find(fact => fact.name === "split");
      const tag = split?.values[clip] ? [make("span", { class: "tag" }, split.words[split.values[clip][0]])] : [];
      this.root = make("article", { "data-key": key, tabindex: 0 },
        make("h2", {}, key, ...tag, make("small", {}, `${width}x${height}, ${set.frames[clip]} frames`), make("small", { class: "by" }, sorted)),
        this.player.root, this.below);
      this.root.onpointerenter = this.root.onfocus = () => { this.over = true; this.move(); };
      this.root.onpointerleave = this.root.onblur = () => { this.over = false; this.move(); };
      this.root.onkeydown = event => {
        if (event.target !== this.root || event.ctrlKey || event.altKey || event.metaKey) return;
        const act = { ",": () => this.player.step(-1), ".": () => this.player.step(1), " ": () => this.player.toggle.click() }[event.key];
        if (act) { act(); event.preventDefault(); }
      };
    }

    near() {
      this.close = true;
      this.move();
      if (this.asked) return;
      this.asked = true;
      fetchRecord(this.place, record => this.fill(record), () => this.below.replaceChildren(`${this.place}.js is not there: write the page again.`));
    }

    far() {
      this.close = false;
      this.move();
    }

    // Dozens of videos at once are too many: small ones move where the pointer is.
    move() {
      if (this.close && (this.player.looks.view !== "small" || this.over)) this.player.show();
      else this.player.hide();
    }

    fill(record) {
      this.player.load(this.place, record);
      const all = make("details", {}, make("summary", {}, "all that is known"));
      all.ontoggle = () => {
        if (all.open && all.children.length === 1) all.append(make("div", { class: "columns" }, ...Object.entries(record.drawn).map(([name, rows]) => make("div", {}, make("h3", {}, name), list(rows)))));
      };
      this.below.replaceChildren(keyfill.faceLevels(record.histograms), list(record.summary), all);
    }
  };
}
