// What the desk is built from: sliders with a number beside them, the dial that turns the room, the map of its lights.
"use strict";

{
  const { make, draw } = keyfill;
  const RADIANS = Math.PI / 180;
  let names = 0;

  // A number by slider or typed in. `bent`: the slider goes by powers of two (above 0), or by squares.
  keyfill.slider = ({ label, least, most, step, bent, unit = "", colour }, changed) => {
    const to = { powers: Math.log2, squares: Math.sqrt }[bent] || (x => x), from = { powers: x => 2 ** x, squares: x => x * x }[bent] || (x => x);
    const id = `slider-${names++}`, swatch = make("i", {});
    const range = make("input", { type: "range", id, min: to(least), max: to(most), step: bent ? "any" : step });
    const number = make("input", { type: "number", min: least, max: most, step: "any", "aria-label": unit ? `${label}, ${unit}` : label });
    const root = make("div", { class: "row" }, make("label", { for: id }, label), range, number, ...colour ? [swatch] : []);
    const show = value => {
      range.value = to(Math.max(value, least));
      number.value = Number(value.toPrecision(4));
      if (colour) swatch.style.background = keyfill.css(colour(value));
    };
    range.oninput = () => { const value = Number((Math.round(from(Number(range.value)) / step) * step).toPrecision(8)); changed(Math.min(most, Math.max(least, value))); };
    number.onchange = () => { if (number.value !== "" && number.checkValidity()) changed(Number(number.value)); else number.reportValidity(); };
    return { root, show, number, range };
  };

  // A linear colour as the screen shows it, at its brightest.
  keyfill.css = linear => {
    const most = Math.max(...linear, 1e-6);
    return `rgb(${linear.map(c => { const x = Math.max(0, c / most); return Math.round(255 * (x <= .0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - .055)); }).join(" ")})`;
  };
  keyfill.linear = hex => [1, 3, 5].map(at => { const x = parseInt(hex.slice(at, at + 2), 16) / 255; return x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
  keyfill.hex = linear => { const most = Math.max(...linear, 1e-6); return "#" + linear.map(c => { const x = Math.max(0, c / most); return Math.round(255 * (x <= .0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - .055)).toString(16).padStart(2, "0"); }).join(""); };

  // Degrees, seen from above, the camera below.
  keyfill.dial = changed => {
    const hand = draw("circle", { r: 8, fill: "var(--accent)" }), arm = draw("line", { x1: 0, y1: 0, stroke: "var(--accent)", "stroke-width": 3 });
    const ticks = Array.from({ length: 24 }, (_, i) => draw("line", { x1: 0, x2: 0, y1: -46, y2: i % 6 ? -43 : -39, stroke: "var(--dim)", transform: `rotate(${15 * i})` }));
    const camera = draw("path", { d: "M-7 57h14v-9h-14zM-3 48l3-5 3 5z", fill: "var(--dim)" });
    const root = draw("svg", { viewBox: "-58 -58 116 116", tabindex: 0, role: "slider", "aria-label": "the room's turn, degrees", "aria-valuemin": 0, "aria-valuemax": 360 },
      draw("circle", { r: 46, fill: "var(--bg)", stroke: "var(--line)" }), ...ticks, camera, draw("circle", { r: 9, fill: "var(--dim)" }), arm, hand);
    root.append(draw("title", {}, "Turns the room about the person, seen from above; the camera is below."));
    let now = 0;
    const move = value => changed(((Math.round(value) % 360) + 360) % 360);
    root.onpointerdown = event => { root.setPointerCapture(event.pointerId); root.onpointermove(event); };
    root.onpointermove = event => {
      if (!event.buttons) return;
      const box = root.getBoundingClientRect(), x = event.clientX - box.left - box.width / 2, y = event.clientY - box.top - box.height / 2;
      move(Math.atan2(-y, x) / RADIANS);
    };
    root.onkeydown = event => {
      const by = { ArrowLeft: 1, ArrowUp: 1, ArrowRight: -1, ArrowDown: -1, PageUp: 15, PageDown: -15 }[event.key];
      if (by) { move(now + by); event.preventDefault(); }
    };
    const show = value => {
      now = value;
      const x = 38 * Math.cos(value * RADIANS), y = -38 * Math.sin(value * RADIANS);
      for (const [part, keys] of [[hand, ["cx", "cy"]], [arm, ["x2", "y2"]]]) { part.setAttribute(keys[0], x); part.setAttribute(keys[1], y); }
      root.setAttribute("aria-valuenow", Math.round(value));
    };
    return { root, show };
  };

  // Where each light stands about the face: the camera's direction in the middle, up is up. Brightness: what it sends.
  keyfill.map = (lights, chosen) => {
    const root = make("canvas", { id: "map", width: 520, height: 260, role: "img", "aria-label": "the room's lights about the face" });
    const at = light => [260 + light.azimuth_deg / 180 * 250, 130 - light.elevation_deg / 90 * 118];
    root.onclick = event => {
      const box = root.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * 520, y = (event.clientY - box.top) / box.height * 260;
      const far = lights.map(light => Math.hypot(at(light)[0] - x, at(light)[1] - y));
      chosen(far.indexOf(Math.min(...far)));
    };
    const show = (weights, current) => {
      const to = root.getContext("2d"), bright = lights.map((_, i) => weights[3 * i] * .2126 + weights[3 * i + 1] * .7152 + weights[3 * i + 2] * .0722);
      const most = Math.max(...bright, 1e-9), size = Math.max(4, Math.min(13, 90 / Math.sqrt(lights.length)));
      to.clearRect(0, 0, 520, 260);
      to.fillStyle = "#888";
      to.font = "14px system-ui, sans-serif";
      to.textAlign = "center";
      for (const [text, x, y] of [["camera", 260, 255], ["behind", 30, 255], ["behind", 490, 255], ["camera's right", 385, 255], ["camera's left", 135, 255]]) to.fillText(text, x, y);
      lights.forEach((light, i) => {
        const [x, y] = at(light), level = Math.sqrt(bright[i] / most);
        to.beginPath();
        to.arc(x, y, size, 0, 7);
        to.globalAlpha = .1 + .9 * level;
        to.fillStyle = bright[i] ? keyfill.css([0, 1, 2].map(c => weights[3 * i + c])) : "#444";
        to.fill();
        to.globalAlpha = 1;
        to.strokeStyle = i === current ? "#fff" : "#555";
        to.lineWidth = i === current ? 2.5 : 1;
        to.stroke();
      });
    };
    return { root, show };
  };
}
