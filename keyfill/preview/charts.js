// Charts: levels on a face, and how a fact is spread over the set.
"use strict";

{
  const { make, draw, colour, rounded } = keyfill;
  const MOST_BARS = 12;
  // Swatches of the Monk Skin Tone scale 1 to 10.
  const TONES = ["#f6ede4", "#f3e7db", "#f7ead0", "#eadaba", "#d7bd96", "#a07e56", "#825c43", "#604134", "#3a312a", "#292420"];

  // Outlined areas over one axis; rows: [{ name, bins, colour }], ends: the texts below its left, middle and right.
  keyfill.areas = (rows, ends, label) => {
    const w = 360, h = 100, top = Math.max(...rows.flatMap(row => row.bins), 1e-6);
    const svg = draw("svg", { viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": label });
    for (const row of rows) {
      const step = w / row.bins.length;
      const outline = row.bins.map((value, i) => { const y = (h - 1 - value / top * (h - 8)).toFixed(1); return `L${(i * step).toFixed(1)},${y}L${((i + 1) * step).toFixed(1)},${y}`; });
      svg.append(draw("path", { d: `M0,${h - 1}${outline.join("")}L${w},${h - 1}Z`, fill: row.colour, "fill-opacity": .28, stroke: row.colour, "stroke-width": 1.3 }));
    }
    svg.append(draw("line", { x1: 0, x2: w, y1: h - 1, y2: h - 1, stroke: "#888", "stroke-width": .6 }));
    return make("div", {}, svg, make("div", { class: "ends" }, ...ends.map(text => make("span", {}, text))));
  };

  keyfill.faceLevels = rows => make("div", {},
    keyfill.areas(rows.map(row => ({ ...row, colour: colour(row.name) })), ["0", "level on the face", "255"], "levels of the face: " + rows.map(row => `${row.name} mean ${row.mean}`).join(", ")),
    make("div", { class: "legend" }, ...rows.map(row => make("span", { style: `--c:${colour(row.name)}` }, `${row.name} ${row.mean === null ? "no face" : row.mean}`))));

  // A bar for each word, most first; a click chooses the clips that have it.
  const bars = (fact, clips, chosen, choose) => {
    const counts = new Map();
    for (const clip of clips) for (const word of fact.values[clip] || []) counts.set(word, (counts.get(word) || 0) + 1);
    const most = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]), longest = most.length ? most[0][1] : 1;
    const list = make("div", { class: "bars" });
    const fill = all => {
      list.replaceChildren(...(all ? most : most.slice(0, MOST_BARS)).map(([word, count]) => {
        const text = fact.words[word], on = chosen.get(fact.name) === text;
        const bar = make("button", { type: "button", class: "bar", "aria-pressed": on, title: on ? "show all again" : `show only these ${count}` },
          make("span", { class: "name" }, text), make("span", { class: "track" }, make("i", { style: `width:${100 * count / longest}%` })), make("b", {}, String(count)));
        bar.onclick = () => choose(fact.name, on ? null : text);
        return bar;
      }));
      if (!all && most.length > MOST_BARS) {
        const more = make("button", { type: "button", class: "more" }, `${most.length - MOST_BARS} more`);
        more.onclick = () => fill(true);
        list.append(more);
      }
    };
    fill(false);
    return list;
  };

  const tones = (fact, clips) => {
    const counts = Array(10).fill(0);
    for (const clip of clips) if (fact.values[clip] !== null) counts[Math.min(9, Math.max(0, Math.round(fact.values[clip]) - 1))]++;
    const longest = Math.max(...counts, 1);
    return make("div", { class: "tones", role: "img", "aria-label": "clips by skin tone: " + counts.map((count, i) => `${i + 1}: ${count}`).join(", ") }, ...counts.map((count, i) =>
      make("div", {}, make("b", {}, count ? String(count) : ""), make("i", { style: `height:${80 * count / longest}px;background:${TONES[i]}` }), make("span", {}, String(i + 1)))));
  };

  const numbers = (facts, clips, range, names) => {
    const known = facts.map(fact => clips.map(clip => fact.values[clip]).filter(value => value !== null));
    let [low, high] = range || known.flat().reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
    if (high - low < 1e-9) { low -= .5; high += .5; }
    const rows = facts.map((fact, i) => {
      const bins = Array(32).fill(0);
      for (const value of known[i]) bins[Math.min(31, Math.max(0, Math.floor((value - low) / (high - low) * 32)))]++;
      return { name: names[i], bins, colour: names[i] ? colour(names[i]) : "var(--accent)" };
    });
    const label = rows.map((row, i) => `${row.name || facts[i].name}: ${known[i].length} clips`).join(", ");
    return make("div", {}, keyfill.areas(rows, [rounded(low), "", rounded(high)], label),
      ...(rows[0].name ? [make("div", { class: "legend" }, ...rows.map(row => make("span", { style: `--c:${row.colour}` }, row.name)))] : []));
  };

  // The charts of the set. `found(fact)`: numbers of the clips that are asked for, whatever is chosen of that fact;
  // `chosen`: the words that are chosen, by fact.
  keyfill.setCharts = (set, found, chosen, choose) => set.charts.flatMap(chart => {
    const facts = set.facts.filter(fact => chart.facts.some(name => chart.of === "levels" ? fact.name.startsWith(name) : fact.name === name));
    if (!facts.length || (chart.of === "words") !== Boolean(facts[0].words)) return [];
    if (chart.of === "numbers" && new Set(facts[0].values).size < 2) return [];
    const clips = found(facts[0].name);
    const drawn = chart.of === "words" ? bars(facts[0], clips, chosen, choose)
      : chart.of === "tones" ? tones(facts[0], clips)
      : chart.of === "levels" ? numbers(facts, clips, [0, 255], facts.map(fact => fact.name.slice(chart.facts[0].length)))
      : numbers(facts, clips, null, facts.map(() => ""));
    return [make("section", {}, make("h3", {}, chart.title), drawn)];
  });
}
